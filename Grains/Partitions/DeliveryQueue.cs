using System.Diagnostics.CodeAnalysis;
using Analytics.Ingest;
using Orleans.Streaming.Kafka;

namespace Analytics.Partitions;

/// <summary>
/// The batches that were delivered to a partition and are not applied yet, in offset order, without a gap and each once. Pure: no clock, no
/// I/O; <see cref="PartitionGrain"/> drives it.
/// </summary>
/// <param name="epoch">The source's epoch. Offsets of another one mean nothing here.</param>
/// <param name="through">The offset of the checkpoint; null when there is none, and the log may begin anywhere.</param>
internal sealed class DeliveryQueue(long epoch, long? through)
{
    private readonly Queue<KafkaBatch<IngestedRecord>> _batches = new();

    /// <summary>The last offset that is queued or was applied; null before the first when there is no checkpoint.</summary>
    public long? Through { get; private set; } = through;

    /// <summary>Records that wait to be applied.</summary>
    public long Records => _batches.Sum(batch => (long)batch.Records.Length);

    /// <summary>
    /// Queues a batch that brings something new. One that also holds records known already is queued whole: they are passed over by their
    /// offsets when it is judged.
    /// </summary>
    public Delivery Add(KafkaBatch<IngestedRecord> batch)
    {
        if (batch.Epoch != epoch || batch.ContinuesFromOffset > Through + 1)
        {
            return Delivery.Gap;
        }

        if (batch.LastOffset <= Through)
        {
            return Delivery.Known;
        }

        _batches.Enqueue(batch);
        Through = batch.LastOffset;
        return Delivery.Queued;
    }

    /// <summary>The batch to apply next. It stays until <see cref="Dequeue"/>, so that what is being applied still counts as waiting.</summary>
    public bool TryPeek([NotNullWhen(true)] out KafkaBatch<IngestedRecord>? batch) => _batches.TryPeek(out batch);

    /// <summary>Removes the batch that was applied.</summary>
    public void Dequeue() => _batches.Dequeue();
}
