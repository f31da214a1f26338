using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Configuration;
using Analytics.Storage;
using Npgsql;

namespace Analytics.Silo.Bench.Rig;

/// <summary>A database of its own on the configured server, dropped afterwards; the configured database is left alone.</summary>
internal sealed class TimescaleBenchStore : BenchStore
{
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly string _database;

    private TimescaleBenchStore(NpgsqlConnectionStringBuilder server, string database, ICostMeter? meter, string version) =>
        (_server, _database, Meter, Name) = (server, database, meter, $"TimescaleDB on PostgreSQL {version}");

    public override string Name { get; }

    public override ICostMeter? Meter { get; }

    public override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Storage:Provider"] = nameof(StorageProvider.Timescale),
        ["ConnectionStrings:Timescale"] = ConnectionString,
    };

    private string ConnectionString => new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = _database }.ConnectionString;

    public static async Task<TimescaleBenchStore> CreateAsync(StorageSettings settings, CancellationToken cancellationToken)
    {
        // The configured database need not exist.
        var server = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        var database = $"analytics_bench_{Guid.NewGuid():N}"[..32];
        try
        {
            await using var connection = await OpenAsync(server, "postgres", cancellationToken);
            await using (var create = new NpgsqlCommand($"CREATE DATABASE {database}", connection))
            {
                await create.ExecuteNonQueryAsync(cancellationToken);
            }

            var meter = server.Host is "localhost" or "127.0.0.1" or "::1" || server.Host!.StartsWith('/')
                ? PostgresMeter.Find(connection.ProcessID)
                : null;
            return new(server, database, meter, connection.PostgreSqlVersion.ToString());
        }
        catch (NpgsqlException exception)
        {
            throw new SettingException(
                "ConnectionStrings:Timescale", $"cannot make a database for the benchmark: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    public override async Task<(long Rows, long Positions)?> CountRowsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(_server, _database, cancellationToken);

        // One run has one epoch; offsets stay far below 2^40.
        await using var command = new NpgsqlCommand(
            "SET work_mem = '256MB'; SELECT count(*), count(DISTINCT (kafka_partition::bigint << 40) + kafka_offset) FROM transactions", connection);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    public override Task<ReconcileReport?> ReconcileAsync(CancellationToken cancellationToken) => ReconcileAsync(
        new StorageSettings { Provider = StorageProvider.Timescale, Path = "", ConnectionString = ConnectionString, Migrate = false }, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await using var connection = await OpenAsync(_server, "postgres", CancellationToken.None);
        await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS {_database} WITH (FORCE)", connection);
        await drop.ExecuteNonQueryAsync();
    }

    private static async Task<NpgsqlConnection> OpenAsync(
        NpgsqlConnectionStringBuilder server, string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database, Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
