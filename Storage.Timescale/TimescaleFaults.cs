using System.Net.Sockets;
using Npgsql;

namespace Analytics.Storage.Timescale;

/// <summary>Tells operating faults, which pass with time or with an operator's help, from faults of the program.</summary>
internal sealed class TimescaleFaults(NpgsqlConnectionStringBuilder settings)
{
    private const string Setting = "ConnectionStrings:Timescale";

    /// <summary>Host, port and database: what an operator looks for, and no secret.</summary>
    public string Address { get; } = $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}";

    /// <summary>The typed exception of an operating fault; null for every other exception, which then is to be rethrown as it is.</summary>
    /// <param name="exception">What was caught.</param>
    /// <param name="work">What was tried, as in "could not {work}".</param>
    public StoreUnavailableException? Translate(Exception exception, string work)
    {
        if (NextStep(exception) is not { } nextStep)
        {
            return null;
        }

        return new StoreUnavailableException($"TimescaleDB at {Address} could not {work}: {exception.Message} {nextStep}", exception);
    }

    private static string? NextStep(Exception exception) => exception switch
    {
        PostgresException answer => NextStep(answer.SqlState) ?? (answer.IsTransient ? "It is tried again." : null),
        NpgsqlException { InnerException: SocketException } => $"Check that the server runs and that {Setting} names it.",
        NpgsqlException { InnerException: TimeoutException or OperationCanceledException } =>
            $"Check the server's load and locks; Timeout, Command Timeout and Maximum Pool Size can be raised in {Setting}.",
        NpgsqlException { IsTransient: true } or NpgsqlException { InnerException: IOException } =>
            "The connection broke; check that the server runs.",
        SocketException or IOException or TimeoutException => "The connection broke; check that the server runs.",
        _ => null,
    };

    private static string? NextStep(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.DiskFull => "Free disk space on the server.",
        PostgresErrorCodes.TooManyConnections =>
            $"Raise max_connections on the server or lower Maximum Pool Size in {Setting}.",
        PostgresErrorCodes.OutOfMemory => "Give the server memory, or raise max_locks_per_transaction if it is out of shared memory.",
        PostgresErrorCodes.ReadOnlySqlTransaction => $"The server is read-only; let {Setting} name the primary.",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow =>
            "The server stops or starts; wait until it accepts connections.",
        PostgresErrorCodes.QueryCanceled => "The server ended the statement; check its load and its statement_timeout.",
        PostgresErrorCodes.IoError => "The server cannot read or write its files; check its disk.",
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable =>
            "Another transaction held the rows; it is tried again.",
        _ when sqlState.StartsWith("53", StringComparison.Ordinal) => "The server is short of resources; check its limits.",
        _ when sqlState.StartsWith("08", StringComparison.Ordinal) => "The connection broke; check that the server runs.",
        _ => null,
    };
}
