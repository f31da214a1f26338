using Analytics.Silo.Configuration;
using Analytics.Storage;
using Microsoft.Data.Sqlite;

namespace Analytics.Silo.Bench.Rig;

/// <summary>An SQLite file in a folder of its own among the temporary files; what is configured is left alone.</summary>
internal sealed class SqliteBenchStore : BenchStore
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-bench-").FullName;

    public override string Name => "SQLite";

    public override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Storage:Provider"] = nameof(StorageProvider.Sqlite),
        ["Storage:Path"] = File,
    };

    private string File => Path.Combine(_folder, "analytics.db");

    public override async Task<(long Rows, long Positions)?> CountRowsAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Mode=ReadWrite;Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();

        // One run has one epoch; offsets stay far below 2^40.
        command.CommandText = "SELECT count(*), count(DISTINCT kafka_partition * 1099511627776 + kafka_offset) FROM transactions";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    public override Task<ReconcileReport?> ReconcileAsync(CancellationToken cancellationToken) => ReconcileAsync(
        new StorageSettings { Provider = StorageProvider.Sqlite, Path = File, ConnectionString = null, Migrate = false }, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
