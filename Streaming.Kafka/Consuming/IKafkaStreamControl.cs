namespace Orleans.Streaming.Kafka;

/// <summary>What an application can ask of, and tell to, the provider on its silo. A keyed service under the provider's name; thread safe.</summary>
public interface IKafkaStreamControl
{
    /// <summary>Number of the topic's partitions, as found at start; 0 before that.</summary>
    int PartitionCount { get; }

    /// <summary>The source's epoch; 0 before start.</summary>
    long Epoch { get; }

    /// <summary>
    /// The offset after the log's last record as the consumer of this silo heard it last; null while this silo does not read the partition.
    /// </summary>
    long? GetLogEndOffset(int partition);

    /// <summary>
    /// With <see cref="KafkaCommitMode.Explicit"/>: lets the consumer group's committed offset follow to <paramref name="nextOffset"/> (the
    /// first offset not yet processed). Returns at once; the commit is asynchronous, batched, and serves lag tools only. Never moves
    /// backwards while this silo reads the partition.
    /// </summary>
    /// <exception cref="InvalidOperationException">The commit mode is another.</exception>
    void Commit(int partition, long nextOffset);

    /// <summary>What is wrong with a partition that cannot be read now, for health checks; empty when all is well.</summary>
    IReadOnlyList<string> Faults { get; }
}
