using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// One minute of one currency of one entity, with the last position of each partition that it includes. The positions make adding
/// idempotent bucket by bucket: an entity's buckets become durable in different commits, so no single position of the entity would do.
/// </summary>
internal sealed class Bucket(long minute, string currency)
{
    /// <summary>The value; a field, so that it is changed in place.</summary>
    public BucketTotals Totals;

    // Changed in place as well.
    private PartitionPositions _sources;

    /// <summary>Start of the bucket in minutes since the Unix epoch.</summary>
    public long Minute { get; } = minute;

    public string Currency { get; } = currency;

    /// <summary>Where the write buffer stood when it took the bucket's present value: durable once the buffer has committed so far.</summary>
    public long WriteSequence { get; set; }

    /// <summary>The newest transaction that the batch at hand added; null between two batches.</summary>
    public CardTransaction? NewestOfBatch { get; set; }

    /// <summary>Whether the record at this position is part of the value.</summary>
    public bool Includes(Position position) => _sources.TryGet(position.Partition, out var last) && !position.IsAfter(last);

    /// <summary>Notes that the record at this position is now part of the value.</summary>
    public void Include(Position position) => _sources.Set(position);

    /// <summary>A copy of the positions included, in the given array when it has the right length.</summary>
    public Position[] CopySources(Position[]? reuse) => _sources.Copy(reuse);
}
