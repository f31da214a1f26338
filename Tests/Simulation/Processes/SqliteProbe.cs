using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>The file that a <see cref="Integration.ServeProcess"/> keeps in its folder.</summary>
internal sealed class SqliteProbe(string folder) : IStoreProbe
{
    private readonly string _path = Path.Combine(folder, "analytics.db");

    public IReadOnlyList<string> Settings => [$"--Storage:Path={_path}"];

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

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SqliteConnection Open()
    {
        var database = new SqliteConnection($"Data Source={_path};Mode=ReadOnly;Pooling=False");
        database.Open();
        return database;
    }
}
