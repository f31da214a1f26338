using Confluent.Kafka;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>Consumers that read a whole topic from its beginning, without a group.</summary>
internal static class Consumers
{
    public static IConsumer<byte[]?, byte[]?> At(string bootstrapServers, string topic, int partitions)
    {
        var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "fault-run",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,

            // Records that the broker dropped before they were read must not go unnoticed.
            AutoOffsetReset = AutoOffsetReset.Error,
            FetchWaitMaxMs = 50,
            ReconnectBackoffMaxMs = 500,
            SocketTimeoutMs = 5_000,
            LogConnectionClose = false,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, 0)));
        return consumer;
    }
}
