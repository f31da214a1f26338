using System.Globalization;
using Confluent.Kafka;

namespace Orleans.Streaming.Kafka;

/// <summary>Makes librdkafka's configuration of the options: our settings, then the application's, but for what would break the provider.</summary>
internal static class KafkaClientConfig
{
    /// <summary>Keys that the provider's semantics rest on, and the option to use instead.</summary>
    public static readonly IReadOnlyDictionary<string, string> Protected = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = $"set {nameof(KafkaStreamOptions.BootstrapServers)} instead",
        ["metadata.broker.list"] = $"set {nameof(KafkaStreamOptions.BootstrapServers)} instead",
        ["group.id"] = $"set {nameof(KafkaStreamOptions.ConsumerGroup)} instead",
        ["enable.auto.commit"] = $"set {nameof(KafkaStreamOptions.CommitMode)} instead",
        ["enable.auto.offset.store"] = $"set {nameof(KafkaStreamOptions.CommitMode)} instead",
        ["auto.offset.reset"] = "a position outside the log is an error, never a silent reset",
        ["enable.partition.eof"] = "the provider does not use it",
        ["acks"] = "the publisher promises that every in-sync replica has the record",
        ["request.required.acks"] = "the publisher promises that every in-sync replica has the record",
        ["enable.idempotence"] = "the publisher promises order without duplicates",
        ["transactional.id"] = "the publisher is not transactional",
        ["partitioner"] = "every producer of a topic must agree on it; murmur2 is what Kafka's own clients use",
        ["dotnet.consumer.consume.result.fields"] = "the provider reads what it needs",
    };

    /// <summary>Keys that only a consumer or only a producer knows; librdkafka warns about the other kind's.</summary>
    private static readonly string[] ConsumerOnly =
        ["fetch.", "queued.", "isolation.level", "check.crcs", "max.poll.", "session.", "heartbeat.", "group.", "partition.assignment.",
         "consume.", "offset.", "auto.", "allow.auto.create.topics", "max.partition.fetch.bytes", "receive.message.max.bytes"];

    private static readonly string[] ProducerOnly =
        ["queue.buffering.", "linger.ms", "batch.", "compression.", "message.send.", "retries", "delivery.", "delivery.timeout.ms",
         "request.timeout.ms", "message.timeout.ms", "sticky.", "transaction.", "enable.gapless"];

    public static ConsumerConfig Consumer(KafkaStreamOptions options)
    {
        var config = new ConsumerConfig
        {
            // A fetch must not wait for more bytes than there are, and not long for any: librdkafka has one fetch at a time under way to a
            // broker, so a partition that is assigned, sought or resumed waits for that of the idle ones.
            FetchMinBytes = 1,
            FetchWaitMaxMs = 25,
            // Held ahead of our own buffer. Pausing a partition throws it away, so it is no larger than that buffer.
            QueuedMinMessages = options.MaxBufferedRecords,
            QueuedMaxMessagesKbytes = 16 * 1024,
            // Its default would leave a partition alone for a second each time that much is held.
            FetchQueueBackoffMs = 5,
            AllowAutoCreateTopics = true,
            // Otherwise an error leaves a partition unread for half a second.
            FetchErrorBackoffMs = 100,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 1_000,
        };
        Apply(config, options.Client, ProducerOnly);
        config.BootstrapServers = options.BootstrapServers;
        config.GroupId = options.ConsumerGroup;
        config.EnableAutoCommit = false;
        config.EnableAutoOffsetStore = false;
        config.AutoOffsetReset = AutoOffsetReset.Error;
        config.EnablePartitionEof = false;
        // The topic is known and headers are not part of a decoded record: both would be marshalled for every record.
        config.ConsumeResultFields = "timestamp";
        return config;
    }

    public static ProducerConfig Producer(KafkaStreamOptions options)
    {
        var config = new ProducerConfig
        {
            LingerMs = 5,
            // lz4 costs least CPU per byte saved, on both ends.
            CompressionType = CompressionType.Lz4,
            QueueBufferingMaxMessages = 100_000,
            QueueBufferingMaxKbytes = 64 * 1024,
            MessageTimeoutMs = 30_000,
            // Not our bound: a record that is passed on with more headers than it came with must not fail here before the broker has judged it.
            MessageMaxBytes = 64 * 1024 * 1024,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 1_000,
            // When it knows of a new partition decides when keys move to it.
            TopicMetadataRefreshIntervalMs = (int)options.PartitionRefreshInterval.TotalMilliseconds,
        };
        Apply(config, options.Client, ConsumerOnly);
        config.BootstrapServers = options.BootstrapServers;
        config.Acks = Acks.All;
        config.EnableIdempotence = true;
        config.Partitioner = Partitioner.Murmur2Random;
        return config;
    }

    /// <summary>How long a record may take, the wait for room in librdkafka's queue included.</summary>
    public static TimeSpan DeliveryTimeout(KafkaStreamOptions options)
    {
        foreach (var key in (ReadOnlySpan<string>)["message.timeout.ms", "delivery.timeout.ms"])
            if (options.Client.TryGetValue(key, out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out var milliseconds))
                return TimeSpan.FromMilliseconds(milliseconds);
        return TimeSpan.FromSeconds(30);
    }

    private static void Apply(ClientConfig config, Dictionary<string, string> client, string[] otherKinds)
    {
        foreach (var (key, value) in client)
        {
            if (Protected.ContainsKey(key) || Array.Exists(otherKinds, prefix => key.StartsWith(prefix, StringComparison.Ordinal))) continue;
            config.Set(key, value);
        }
    }
}
