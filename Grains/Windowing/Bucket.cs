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
    // Beyond every sequence: what a batch changes is not handed over yet, and what it adds is in no store.
    private const long Changed = long.MaxValue - 1;
    private const long Added = long.MaxValue;

    public BucketTotals Totals;

    /// <summary>The last record of each partition that is part of the value.</summary>
    public PartitionPositions Sources;

    /// <param name="minute">Start in minutes since the Unix epoch. Events are minutes ahead of their records at most, so it fits for ages.</param>
    /// <param name="currency">Currency of all amounts.</param>
    /// <param name="isNew">Whether no store has it.</param>
    /// <exception cref="OverflowException">The minute lies beyond the year 6053.</exception>
    public Bucket(long minute, CurrencyCode currency, bool isNew) =>
        (Minute, Currency, WriteSequence) = (checked((int)minute), currency, isNew ? Added : 0);

    /// <summary>Start of the bucket in minutes since the Unix epoch.</summary>
    public int Minute { get; }

    public CurrencyCode Currency { get; }

    /// <summary>
    /// Where the write buffer stood when it took the bucket's present value: durable once the buffer has committed so far. Beyond whatever
    /// is committed while a batch changes it.
    /// </summary>
    public long WriteSequence { get; private set; }

    /// <summary>Whether a batch has changed it, and the write buffer has not taken the change.</summary>
    public readonly bool IsChanged => WriteSequence >= Changed;

    /// <summary>Whether it is in no store, and the write buffer has not seen it.</summary>
    public readonly bool IsNew => WriteSequence == Added;

    /// <summary>Notes that a batch changes it.</summary>
    public void NoteChange() => WriteSequence = Math.Max(WriteSequence, Changed);

    /// <summary>Notes that the write buffer has taken its present value.</summary>
    public void NoteHandedOver(long sequence) => WriteSequence = sequence;

    /// <summary>What the stores keep of it.</summary>
    /// <param name="kind">Account or merchant.</param>
    /// <param name="memory">Where its positions are.</param>
    /// <param name="lastTransaction">The transaction that the row names; it tells whose bucket it is.</param>
    /// <param name="reuse">An array for the positions, taken when it has the right length.</param>
    public readonly BucketRow ToRow(EntityKind kind, EntityMemory memory, CardTransaction lastTransaction, Position[]? reuse = null) => new(
        kind.IdIn(lastTransaction),
        lastTransaction.Currency,
        Minute,
        Totals,
        Sources.Copy(memory.Positions, reuse),
        lastTransaction,
        IsNew);
}
