using System.Reflection;
using DbUp;
using DbUp.Postgresql;
using Npgsql;

namespace Analytics.Storage.Timescale;

/// <summary>
/// The schema in two layers: <c>Migrations/Base</c> runs on every edition of TimescaleDB, <c>Migrations/Community</c> after it where the
/// license allows. Each script runs once, in name order and in a transaction of its own, and is recorded in <c>schema_versions</c>.
/// </summary>
internal static class TimescaleMigrations
{
    private const string BaseLayer = ".Migrations.Base.";
    private const string CommunityLayer = ".Migrations.Community.";

    // Any number will do as long as every silo uses the same and nothing else in the database does.
    private const long AdvisoryLockKey = 0x4F72_6C65_616E_7341;

    private static readonly TimeSpan ScriptTimeout = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        // The lock belongs to this connection's session, so that it is released even when the process dies here.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, "SELECT pg_advisory_lock($1)", cancellationToken);
        try
        {
            await UpgradeAsync(dataSource, BaseLayer, cancellationToken);
            if (await IsCommunityEditionAsync(dataSource, cancellationToken))
            {
                await UpgradeAsync(dataSource, CommunityLayer, cancellationToken);
            }
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await ExecuteAsync(connection, "SELECT pg_advisory_unlock($1)", CancellationToken.None);
            }
        }
    }

    // DbUp is synchronous, and a script may take long.
    private static async Task UpgradeAsync(NpgsqlDataSource dataSource, string layer, CancellationToken cancellationToken)
    {
        var result = await Task.Run(
            () => DeployChanges.To
                .PostgresqlDatabase(new PostgresqlConnectionManager(dataSource))
                .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(layer, StringComparison.Ordinal))
                .JournalToPostgresqlTable("public", "schema_versions")
                .WithTransactionPerScript()
                .WithVariablesDisabled()
                .WithExecutionTimeout(ScriptTimeout)
                .LogToNowhere()
                .Build()
                .PerformUpgrade(),
            cancellationToken);
        if (!result.Successful)
        {
            // The typed fault, if it is one, is found in the inner exception.
            throw result.Error is NpgsqlException ? result.Error : new InvalidOperationException(
                $"The migration {result.ErrorScript?.Name ?? layer} failed: {result.Error.Message}", result.Error);
        }
    }

    private static async Task<bool> IsCommunityEditionAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT current_setting('timescaledb.license', true)");
        return await command.ExecuteScalarAsync(cancellationToken) is "timescale";
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.CommandTimeout = (int)ScriptTimeout.TotalSeconds;
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLockKey });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
