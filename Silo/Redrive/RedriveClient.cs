using Analytics.Silo.Configuration;
using Confluent.Kafka;

namespace Analytics.Silo.Redrive;

/// <summary>Client configuration of a redrive.</summary>
internal static class RedriveClient
{
    /// <summary>A consumer that is told what to read and commits when told; a position that retention took moves to the log's start.</summary>
    public static ConsumerConfig Consumer(KafkaSettings kafka, string group) => new(kafka.Client.ToDictionary())
    {
        BootstrapServers = kafka.BootstrapServers,
        GroupId = group,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        EnablePartitionEof = true,
        AllowAutoCreateTopics = false,
        FetchMinBytes = 1,
        FetchWaitMaxMs = 25,
    };

    /// <summary>As every producer of the topic: idempotent, acks=all, murmur2.</summary>
    public static ProducerConfig Producer(KafkaSettings kafka) => new(kafka.Client.ToDictionary())
    {
        BootstrapServers = kafka.BootstrapServers,
        Acks = Acks.All,
        EnableIdempotence = true,
        Partitioner = Partitioner.Murmur2Random,
        LingerMs = 5,
        MessageTimeoutMs = 30_000,
    };
}
