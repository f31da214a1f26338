using System.Runtime.CompilerServices;
using Npgsql;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>A database of its own on the run's server.</summary>
internal sealed class TimescaleProbe : IStoreProbe
{
    private const string Database = "faults";

    private readonly NpgsqlDataSource _source;

    private TimescaleProbe(string connectionString)
    {
        // Short timeouts: the server is killed under it.
        _source = NpgsqlDataSource.Create($"{connectionString};Timeout=2;Command Timeout=60;Maximum Pool Size=4");
        Settings = ["--Storage:Provider=Timescale", $"--ConnectionStrings:Timescale={connectionString}"];
    }

    public IReadOnlyList<string> Settings { get; }

    public static async Task<TimescaleProbe> CreateAsync(string server, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand($"create database {Database}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new(new NpgsqlConnectionStringBuilder(server) { Database = Database }.ConnectionString);
    }

    public async Task<IReadOnlyDictionary<int, long>> ReadCheckpointsAsync(CancellationToken cancellationToken)
    {
        Dictionary<int, long> checkpoints = [];
        await using var command = _source.CreateCommand("""select partition, "offset" from checkpoints""");
        command.CommandTimeout = 2;
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
        await using var command = _source.CreateCommand("select kafka_partition, kafka_offset, transaction_id, late from transactions");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return (reader.GetInt32(0), reader.GetInt64(1), reader.GetString(2), reader.GetBoolean(3));
        }
    }

    public async Task<bool> IsFencedAsync(int siloPort, CancellationToken cancellationToken)
    {
        // Earlier silos on the same port have rows too.
        await using var command = _source.CreateCommand(
            "select fenced_at is not null from silo_leases where silo like $1 order by opened_at desc limit 1");
        command.CommandTimeout = 2;
        command.Parameters.AddWithValue($"%:{siloPort}@%");
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
