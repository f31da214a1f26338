using Npgsql;

namespace Analytics.Tests.Storage;

/// <summary>A database of its own on the test server, so that tests run side by side.</summary>
internal sealed class TimescaleDatabase
{
    private const string Variable = "ANALYTICS_TEST_TIMESCALE";

    private static readonly string Server = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException(
            $"{Variable} is not set. Run: eval \"$(scripts/test-servers.sh start)\", or leave these tests out with --filter \"Needs!=Servers\".");

    private readonly string _name = $"store_{Guid.NewGuid():N}";

    public string ConnectionString => new NpgsqlConnectionStringBuilder(Server) { Database = _name }.ConnectionString;

    public Task CreateAsync(CancellationToken cancellationToken) => OnServerAsync($"CREATE DATABASE {_name}", cancellationToken);

    public Task DropAsync() => OnServerAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)", CancellationToken.None);

    /// <summary>Ends every connection to the database, as a restart of the server does.</summary>
    public Task DisconnectAsync(CancellationToken cancellationToken) => OnServerAsync(
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_name}'", cancellationToken);

    public async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task OnServerAsync(string sql, CancellationToken cancellationToken)
    {
        // The server's own database: the one of the connection string need not exist.
        var settings = new NpgsqlConnectionStringBuilder(Server) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
