using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>A file in a folder of its own.</summary>
internal sealed class SqliteProbe : IStoreProbe
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-faults-").FullName;
    private readonly string _path;

    public SqliteProbe()
    {
        _path = Path.Combine(_folder, "analytics.db");
        Settings = [$"--Storage:Path={_path}"];
    }

    public IReadOnlyList<string> Settings { get; }

    public async Task<IReadOnlyDictionary<int, long>> ReadCheckpointsAsync(CancellationToken cancellationToken)
    {
        Dictionary<int, long> checkpoints = [];
        await using var database = Open();
        await using var command = database.CreateCommand();
        command.CommandText = """select partition, "offset" from checkpoints""";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            checkpoints.Add(reader.GetInt32(0), reader.GetInt64(1));
        }

        return checkpoints;
    }

    public async IAsyncEnumerable<(int Partition, long Offset, string TransactionId, bool IsLate)> ReadRowsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var database = Open();
        await using var command = database.CreateCommand();
        command.CommandText = "select kafka_partition, kafka_offset, transaction_id, late from transactions";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return (reader.GetInt32(0), reader.GetInt64(1), reader.GetString(2), reader.GetBoolean(3));
        }
    }

    // One silo has no other to fence it.
    public Task<bool> IsFencedAsync(int siloPort, CancellationToken cancellationToken) => Task.FromResult(false);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private SqliteConnection Open()
    {
        var database = new SqliteConnection($"Data Source={_path};Mode=ReadOnly;Pooling=False");
        database.Open();
        return database;
    }
}
