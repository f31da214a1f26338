using System.Runtime.InteropServices;
using Analytics.Storage;
using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// One minute of one currency of one entity, with the last position of each partition that it includes. The positions make adding
/// idempotent bucket by bucket: an entity's buckets become durable in different commits, so no single position of the entity would do.
/// A value without references, 120 bytes.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct Bucket
{
    /// <summary><see cref="WriteSequence"/> of a changed value that the write buffer has not taken.</summary>
    public const long Changed = long.MaxValue - 1;

    /// <summary><see cref="WriteSequence"/> of a bucket that is in no store and that the write buffer has not seen.</summary>
    public const long Created = long.MaxValue;

    public BucketTotals Totals;

    /// <summary>The last record of each partition that is part of the value.</summary>
    public PartitionPositions Sources;

    /// <summary>Where the write buffer stood when it took the bucket's present value: durable once the buffer has committed so far.</summary>
    public long WriteSequence;

    /// <summary>Start of the bucket in minutes since the Unix epoch; an event's time is no later than its record's, so it fits.</summary>
    public int Minute;

    public CurrencyCode Currency;

    /// <summary>What the stores keep of it.</summary>
    /// <param name="kind">Account or merchant.</param>
    /// <param name="memory">Where its positions are.</param>
    /// <param name="lastTransaction">Its newest transaction, which tells whose bucket it is.</param>
    /// <param name="reuse">An array for the positions, taken when it has the right length.</param>
    public readonly BucketRow ToRow(EntityKind kind, EntityMemory memory, CardTransaction lastTransaction, Position[]? reuse = null) => new(
        kind.IdIn(lastTransaction),
        lastTransaction.Currency,
        Minute,
        Totals,
        Sources.Copy(memory.Positions, reuse),
        lastTransaction,
        IsNew: WriteSequence == Created);
}
