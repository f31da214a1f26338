using System.Runtime.CompilerServices;
using Analytics.Storage;
using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// The windows of one entity: which buckets it has in memory, what a batch does to them, and what a reader sees. Pure: no clock, no I/O.
/// </summary>
/// <remarks>
/// Buckets are known completely from <see cref="CompleteFromMinute"/> on: a bucket from there on that is not in memory has never been
/// written. Before that minute a bucket must be looked up first (<see cref="CollectUnknown"/>, <see cref="AddStored"/>).
/// </remarks>
internal sealed class EntityWindows(EntityKind kind, string entityId)
{
    private readonly BucketList _buckets = new();

    // What this activation has received, by partition. Durable buckets do not count: one of them may be ahead of another.
    private PartitionPositions _received;

    /// <summary>The account's or merchant's id.</summary>
    public string EntityId { get; } = entityId;

    /// <summary>First minute from which on every stored bucket is in memory.</summary>
    public long CompleteFromMinute { get; private set; } = long.MaxValue;

    /// <summary>The transaction with the largest event time; null when none was seen.</summary>
    public CardTransaction? LastTransaction { get; private set; }

    /// <summary>The sink's sequence of the last value handed over; 0 before the first.</summary>
    public long LastWriteSequence { get; private set; }

    public bool IsEmpty => _buckets.Count == 0;

    public int BucketCount => _buckets.Count;

    /// <summary>Whether this activation has applied a batch since it was loaded.</summary>
    public bool HasReceived => !_received.IsEmpty;

    /// <summary>Starts over from what the store holds from <paramref name="completeFromMinute"/> on.</summary>
    public void Reset(IReadOnlyList<BucketRow> stored, long completeFromMinute)
    {
        _buckets.Clear();
        _received = default;
        LastTransaction = null;
        CompleteFromMinute = completeFromMinute;
        AddStored(stored);
    }

    /// <summary>Adds stored buckets that were looked up; one that is in memory already stays as it is.</summary>
    public void AddStored(IReadOnlyList<BucketRow> stored)
    {
        foreach (var row in stored)
        {
            var index = _buckets.Find(row.WindowStartMinute, row.Currency);
            if (index >= 0)
            {
                continue;
            }

            var bucket = new Bucket(row.WindowStartMinute, row.Currency) { Totals = row.Totals };
            foreach (var source in row.Sources)
            {
                bucket.Include(source);
            }

            _buckets.Insert(~index, bucket);
            SeeLast(row.LastTransaction);
        }
    }

    /// <summary>The buckets that a batch touches and that must be looked up before it is applied; null when there are none.</summary>
    [MethodImpl(HotPath.Code)]
    public List<BucketKey>? CollectUnknown(in EntityBatch batch)
    {
        List<BucketKey>? unknown = null;
        foreach (ref readonly var item in batch.Events.Span)
        {
            var minute = UnixMicros.MinuteOf(item.Transaction.OccurredAtMicros);
            if (minute < CompleteFromMinute && _buckets.Find(minute, item.Transaction.Currency) < 0)
            {
                var key = new BucketKey(EntityId, item.Transaction.Currency, minute);
                unknown ??= [];
                if (!unknown.Contains(key))
                {
                    unknown.Add(key);
                }
            }
        }

        return unknown;
    }

    /// <summary>
    /// Whether this activation has everything that was sent before the batch. If not, applying it would skip what a lost activation had
    /// taken and not yet made durable.
    /// </summary>
    public bool IsContinuedBy(in EntityBatch batch) =>
        batch.PreviousOffset < 0
        || (_received.TryGet(batch.Last.Partition, out var received)
            && !(batch.Last with { Offset = batch.PreviousOffset }).IsAfter(received));

    /// <summary>Applies what the buckets do not include yet, and hands each changed bucket's new value to the sink once.</summary>
    /// <returns>How many additions saturated.</returns>
    [MethodImpl(HotPath.Code)]
    public int Apply(in EntityBatch batch, IBucketSink sink)
    {
        var saturated = 0;
        foreach (ref readonly var item in batch.Events.Span)
        {
            var position = batch.Last with { Offset = item.Offset };
            var bucket = GetOrAdd(UnixMicros.MinuteOf(item.Transaction.OccurredAtMicros), item.Transaction.Currency);
            if (!bucket.Includes(position))
            {
                saturated += BucketMath.Add(ref bucket.Totals, item.Transaction);
                bucket.Include(position);
                bucket.NewestOfBatch = Newer(bucket.NewestOfBatch, item.Transaction);
            }

            SeeLast(item.Transaction);
        }

        // A merchant's currencies alternate, and each of its buckets is still handed over once.
        foreach (ref readonly var item in batch.Events.Span)
        {
            var bucket = _buckets[_buckets.Find(UnixMicros.MinuteOf(item.Transaction.OccurredAtMicros), item.Transaction.Currency)];
            if (bucket.NewestOfBatch is not null)
            {
                HandOver(bucket, sink);
            }
        }

        if (!_received.TryGet(batch.Last.Partition, out var received) || batch.Last.IsAfter(received))
        {
            _received.Set(batch.Last);
        }

        return saturated;
    }

    /// <summary>Forgets buckets that start before <paramref name="keepFromMinute"/> and are durable.</summary>
    /// <param name="keepFromMinute">First minute to keep.</param>
    /// <param name="committedSequence">How far the write buffer has committed (<see cref="Bucket.WriteSequence"/>).</param>
    public void Evict(long keepFromMinute, long committedSequence)
    {
        // The newest bucket stays: it tells that the entity exists, and what its last transaction was.
        var count = 0;
        while (count < _buckets.Count - 1 && _buckets[count].Minute < keepFromMinute && _buckets[count].WriteSequence <= committedSequence)
        {
            count++;
        }

        if (count > 0)
        {
            CompleteFromMinute = Math.Max(CompleteFromMinute, _buckets[count - 1].Minute + 1);
            _buckets.RemoveFirst(count);
        }
    }

    /// <summary>The live windows whose last bucket is that of <paramref name="asOfMinute"/>, by currency code.</summary>
    public IReadOnlyList<CurrencyMetrics> Read(long asOfMinute)
    {
        var byCurrency = new SortedDictionary<string, BucketTotals[]>(StringComparer.Ordinal);
        foreach (var bucket in _buckets.All)
        {
            if (!byCurrency.TryGetValue(bucket.Currency, out var windows))
            {
                byCurrency.Add(bucket.Currency, windows = new BucketTotals[4]);
            }

            var age = asOfMinute - bucket.Minute;
            if (age is < 0 or >= LiveWindows.Day)
            {
                continue;
            }

            BucketMath.Merge(ref windows[3], bucket.Totals);
            if (age < LiveWindows.Hour)
            {
                BucketMath.Merge(ref windows[2], bucket.Totals);
            }

            if (age < LiveWindows.FiveMinutes)
            {
                BucketMath.Merge(ref windows[1], bucket.Totals);
            }

            if (age < LiveWindows.Minute)
            {
                BucketMath.Merge(ref windows[0], bucket.Totals);
            }
        }

        return [.. byCurrency.Select(c => new CurrencyMetrics(c.Key, c.Value[0], c.Value[1], c.Value[2], c.Value[3]))];
    }

    private void HandOver(Bucket bucket, IBucketSink sink)
    {
        // Only the entity's newest bucket decides what the last transaction was after a restart; there it must be exact.
        var last = LastTransaction is { } candidate
            && candidate.Currency == bucket.Currency && UnixMicros.MinuteOf(candidate.OccurredAtMicros) == bucket.Minute
                ? candidate
                : bucket.NewestOfBatch!;
        bucket.NewestOfBatch = null;
        bucket.WriteSequence = LastWriteSequence = sink.Put(kind, EntityId, bucket, last);
    }

    private Bucket GetOrAdd(long minute, string currency)
    {
        var index = _buckets.Find(minute, currency);
        if (index < 0)
        {
            index = ~index;
            _buckets.Insert(index, new(minute, currency));
        }

        return _buckets[index];
    }

    private void SeeLast(CardTransaction transaction) => LastTransaction = Newer(LastTransaction, transaction);

    private static CardTransaction Newer(CardTransaction? known, CardTransaction candidate) =>
        known is null || candidate.OccurredAtMicros >= known.OccurredAtMicros ? candidate : known;
}
