using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Configuration;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Analytics.Silo.Bench.Rig;

/// <summary>
/// The log of a run: a broker in a process of its own, or a topic of its own on the configured brokers; gone when it is disposed.
/// </summary>
internal sealed class BenchLog : IAsyncDisposable
{
    private const string BrokerLine = "bootstrap.servers=";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyDictionary<string, string> _client;
    private readonly int _partitions;

    private BenchLog(KafkaSettings settings, string bootstrapServers, string topic, int partitions, ChildProcess? broker) =>
        (_client, BootstrapServers, Topic, _partitions, Broker) = (settings.Client, bootstrapServers, topic, partitions, broker);

    public string BootstrapServers { get; }

    public string Topic { get; }

    /// <summary>Null when the brokers are configured ones.</summary>
    public ChildProcess? Broker { get; }

    public IReadOnlyDictionary<string, string> Client => _client;

    public static async Task<BenchLog> CreateAsync(KafkaSettings settings, int partitions, CancellationToken cancellationToken)
    {
        var topic = $"analytics-bench-{Guid.NewGuid():N}"[..28];
        if (settings.BootstrapServers is { } servers)
        {
            using var admin = Admin(servers, settings.Client);
            await admin.CreateTopicsAsync([new() { Name = topic, NumPartitions = partitions }], new() { OperationTimeout = Timeout });
            return new(settings, servers, topic, partitions, null);
        }

        var broker = ChildProcess.Start(
            ["broker", "--partitions", $"{partitions}"],
            new Dictionary<string, string?> { ["Kafka:Topic"] = topic, ["Kafka:BootstrapServers"] = null });
        try
        {
            var address = await broker.WaitForLineAsync(
                line => line.StartsWith(BrokerLine, StringComparison.Ordinal) ? line[BrokerLine.Length..] : null, Timeout, cancellationToken);
            return new(settings, address, topic, partitions, broker);
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many records were written, and how many of them the log does not hold any more.</summary>
    public (long Written, long Dropped) Count()
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(
                new ConsumerConfig(_client.ToDictionary()) { BootstrapServers = BootstrapServers, GroupId = Topic + "-count" })
            .SetLogHandler((_, _) => { })
            .Build();
        long written = 0, dropped = 0;
        for (var partition = 0; partition < _partitions; partition++)
        {
            var offsets = consumer.QueryWatermarkOffsets(new(Topic, partition), Timeout);
            written += offsets.High.Value;
            dropped += offsets.Low.Value;
        }

        return (written, dropped);
    }

    public async ValueTask DisposeAsync()
    {
        if (Broker is not null)
        {
            await Broker.DisposeAsync();
            return;
        }

        using var admin = Admin(BootstrapServers, _client);
        await admin.DeleteTopicsAsync([Topic], new() { OperationTimeout = Timeout });
    }

    private static IAdminClient Admin(string servers, IReadOnlyDictionary<string, string> client) =>
        new AdminClientBuilder(new AdminClientConfig(client.ToDictionary()) { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();
}
