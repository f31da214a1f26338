namespace Orleans.Streaming.Kafka;

/// <summary>
/// Consecutive records of one partition in offset order. A grain that subscribes with <c>IAsyncObserver&lt;KafkaBatch&lt;T&gt;&gt;</c> gets
/// whole batches, one call each; one that subscribes with <c>IAsyncObserver&lt;T&gt;</c> gets the decoded values one by one.
/// </summary>
/// <typeparam name="T">What the decoder makes of key and value.</typeparam>
/// <param name="Partition">Kafka partition.</param>
/// <param name="Epoch">The source's epoch (<see cref="KafkaSequenceToken.Epoch"/>).</param>
/// <param name="ContinuesFromOffset">
/// The offset that reading continued from: every record of the partition from here to the last of <paramref name="Records"/> is in this
/// batch. A consumer whose next expected offset is smaller has missed records. Larger than the first record's offset never; smaller where
/// the log has holes (compaction, transaction markers).
/// </param>
/// <param name="Records">At least one.</param>
[GenerateSerializer, Immutable]
public sealed record KafkaBatch<T>(
    [property: Id(0)] int Partition,
    [property: Id(1)] long Epoch,
    [property: Id(2)] long ContinuesFromOffset,
    [property: Id(3)] KafkaRecord<T>[] Records)
{
    /// <summary>Offset of the last record.</summary>
    public long LastOffset => Records[^1].Offset;
}
