namespace Orleans.Streaming.Kafka;

/// <summary>Settings of one Kafka stream provider. Validated at start.</summary>
public sealed class KafkaStreamOptions
{
    /// <summary>Comma-separated <c>host:port</c> list. Required.</summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>The topic to read. Required; it must exist, or the cluster must create topics by itself.</summary>
    public string Topic { get; set; } = "";

    /// <summary>The Orleans stream namespace; the stream's key is the partition's number in decimal. Empty: the topic's name.</summary>
    public string StreamNamespace { get; set; } = "";

    /// <summary>Consumer group whose committed offsets lag tools read. Partitions are assigned by Orleans, never by the group. Required.</summary>
    public string ConsumerGroup { get; set; } = "";

    /// <summary>What moves the group's committed offset.</summary>
    public KafkaCommitMode CommitMode { get; set; } = KafkaCommitMode.Delivered;

    /// <summary>Largest number of records in one batch, 1 to 100,000.</summary>
    public int MaxBatchRecords { get; set; } = 2_000;

    /// <summary>
    /// Records held per partition between the consumer and the agent; at this bound the partition is paused, at half of it resumed.
    /// </summary>
    public int MaxBufferedRecords { get; set; } = 20_000;

    /// <summary>Batches held per partition for subscribers; at this bound the agent reads no more.</summary>
    public int MaxCachedBatches { get; set; } = 8;

    /// <summary>
    /// Least time between two reads of a partition that bring records, unless a full batch waits: under load it makes batches of what would
    /// be many small deliveries, and so decides what a record costs; the first record after a pause is not held up. 0 to 1 s.
    /// </summary>
    public TimeSpan MinReadInterval { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a read waits for its first record before it comes back empty.</summary>
    public TimeSpan ReadWait { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long start waits for the topic's metadata.</summary>
    public TimeSpan MetadataTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a silo asks whether the topic was given more partitions, 100 ms to 1 h; also how old what the publisher knows of the topic
    /// may be. The first silo that finds some tells the others; they are read from their start.
    /// </summary>
    public TimeSpan PartitionRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long the cluster must say, at each look, that partitions are missing until every partition stands still for good; until then it
    /// is a fault that may pass. 0 to 1 h.
    /// </summary>
    public TimeSpan MissingPartitionsPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Passed on to librdkafka as it is (TLS and SASL included); wins over what the provider sets, but for what would break it.</summary>
    public Dictionary<string, string> Client { get; } = new(StringComparer.Ordinal);
}
