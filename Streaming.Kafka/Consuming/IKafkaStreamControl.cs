using Orleans.Runtime;

namespace Orleans.Streaming.Kafka;

/// <summary>What an application can ask of, and tell to, the provider on its silo. A keyed service under the provider's name; thread safe.</summary>
public interface IKafkaStreamControl
{
    /// <summary>Number of the topic's partitions, as this silo found it last; 0 before start. Never falls.</summary>
    int PartitionCount { get; }

    /// <summary>
    /// The silo that reads a partition, as this silo sees its cluster; null while it is not known. Silos see changes at slightly different
    /// moments. Takes no lock and allocates nothing.
    /// </summary>
    SiloAddress? GetOwner(int partition);

    /// <summary>The source's epoch; 0 before start.</summary>
    long Epoch { get; }

    /// <summary>
    /// The offset after the log's last record as the consumer of this silo heard it last; null while this silo does not read the partition.
    /// </summary>
    long? GetLogEndOffset(int partition);

    /// <summary>
    /// Asks the broker for the log's first offset and the one behind its last, of any partition; null when it does not answer within ten
    /// seconds, or before start.
    /// </summary>
    Task<(long Start, long End)?> QueryLogRangeAsync(int partition);

    /// <summary>
    /// Delivers a partition that this silo reads again from an offset on, to each of its subscribers, as far as all of them were delivered:
    /// for one that has lost what an earlier activation took, and to which nothing more may come. Nothing happens when records from there on
    /// are yet to be delivered, or when the partition is not read here: ask again later. Begins no earlier than this silo began to read.
    /// Returns at once.
    /// </summary>
    void DeliverFrom(int partition, long offset);

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
