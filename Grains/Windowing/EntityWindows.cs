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
/// <para>Buckets are in the silo's <see cref="EntityMemory"/>, to which <see cref="Free"/> gives them back. The entity's id is in every
/// batch, and not once more here. An <see cref="Apply"/> that throws leaves what must not be used any more.</para>
/// </remarks>
internal sealed class EntityWindows(EntityKind kind, EntityMemory memory)
{
    private BucketList _buckets = new(memory);

    // What this activation has received, by partition. Durable buckets do not count: one of them may be ahead of another.
    private PartitionPositions _received;

    private LastTransaction _last;

    // An activation that ends in any other way than by being deactivated leaves its buckets to the collector, too.
    ~EntityWindows() => Free();

    /// <summary>First minute from which on every stored bucket is in memory.</summary>
    public long CompleteFromMinute { get; private set; } = long.MaxValue;

    /// <summary>The transaction with the largest event time; null when none was seen.</summary>
    public CardTransaction? LastTransaction => _last.Get();

    /// <summary>The sink's sequence of the last value handed over; 0 before the first.</summary>
    public long LastWriteSequence { get; private set; }

    public bool IsEmpty => _buckets.Count == 0;

    public int BucketCount => _buckets.Count;

    /// <summary>Whether this activation has applied a batch since it was loaded.</summary>
    public bool HasReceived => !_received.IsEmpty;

    /// <summary>Starts over from what the store holds from <paramref name="completeFromMinute"/> on.</summary>
    public void Reset(IReadOnlyList<BucketRow> stored, long completeFromMinute)
    {
        Clear();
        CompleteFromMinute = completeFromMinute;
        AddStored(stored);
    }

    /// <summary>Gives all memory back. What is left is empty, and not to be written to any more.</summary>
    public void Free()
    {
        Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds stored buckets that were looked up; one that is in memory already stays as it is.</summary>
    public void AddStored(IReadOnlyList<BucketRow> stored)
    {
        foreach (var row in stored)
        {
            CurrencyCode currency = new(row.Currency);
            var index = _buckets.Find(row.WindowStartMinute, currency);
            if (index >= 0)
            {
                continue;
            }

            // Complete before it is among the others: one without its positions would take again what it has.
            Bucket bucket = new(row.WindowStartMinute, currency, isNew: false) { Totals = row.Totals };
            foreach (var source in row.Sources)
            {
                bucket.Sources.Set(memory.Positions, source);
            }

            _buckets.Insert(~index, bucket);
            SeeLast(row.LastTransaction);
        }
    }

    /// <summary>The buckets that a batch touches and that must be looked up before it is applied; null when there are none.</summary>
    [MethodImpl(HotPath.Code)]
    public HashSet<BucketKey>? CollectUnknown(in EntityBatch batch)
    {
        HashSet<BucketKey>? unknown = null;
        foreach (ref readonly var item in batch.Events.Span)
        {
            var minute = UnixMicros.MinuteOf(item.Transaction.OccurredAtMicros);
            if (minute < CompleteFromMinute && _buckets.Find(minute, new(item.Transaction.Currency)) < 0)
            {
                unknown ??= [];
                unknown.Add(new(kind.IdIn(item.Transaction), item.Transaction.Currency, minute));
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
        || (_received.TryGet(memory.Positions, batch.Last.Partition, out var received)
            && !(batch.Last with { Offset = batch.PreviousOffset }).IsAfter(received));

    /// <summary>Applies what the buckets do not include yet, and hands each changed bucket's new value to the sink once.</summary>
    /// <returns>How many additions saturated.</returns>
    [MethodImpl(HotPath.Code)]
    public int Apply(in EntityBatch batch, IBucketSink sink)
    {
        var saturated = 0;
        CardTransaction? newest = null;
        foreach (ref readonly var item in batch.Events.Span)
        {
            var position = batch.Last with { Offset = item.Offset };
            ref var bucket = ref GetOrAdd(UnixMicros.MinuteOf(item.Transaction.OccurredAtMicros), new(item.Transaction.Currency));
            if (!bucket.Sources.TryGet(memory.Positions, position.Partition, out var included) || position.IsAfter(included))
            {
                bucket.Sources.Set(memory.Positions, position);
                saturated += BucketMath.Add(ref bucket.Totals, item.Transaction);
                bucket.NoteChange();
            }

            newest = newest is null || newest.OccurredAtMicros <= item.Transaction.OccurredAtMicros ? item.Transaction : newest;
        }

        SeeLast(newest!);

        // A merchant's currencies alternate, and each of its buckets is still handed over once.
        foreach (ref readonly var item in batch.Events.Span)
        {
            var index = _buckets.Find(UnixMicros.MinuteOf(item.Transaction.OccurredAtMicros), new(item.Transaction.Currency));
            ref var bucket = ref _buckets[index];
            if (bucket.IsChanged)
            {
                LastWriteSequence = sink.Put(kind, bucket, memory, LastIn(bucket, newest!) ?? item.Transaction);
                bucket.NoteHandedOver(LastWriteSequence);
            }
        }

        if (!_received.TryGet(memory.Positions, batch.Last.Partition, out var received) || batch.Last.IsAfter(received))
        {
            _received.Set(memory.Positions, batch.Last);
        }

        GC.KeepAlive(this);
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
        var byCurrency = new SortedDictionary<CurrencyCode, BucketTotals[]>();
        for (var i = 0; i < _buckets.Count; i++)
        {
            ref readonly var bucket = ref _buckets[i];
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

        return [.. byCurrency.Select(c => new CurrencyMetrics(c.Key.ToString(), c.Value[0], c.Value[1], c.Value[2], c.Value[3]))];
    }

    // The entity's last transaction if it is in the bucket: after a restart the entity's newest bucket tells what it was.
    private CardTransaction? LastIn(in Bucket bucket, CardTransaction newestOfBatch)
    {
        if (UnixMicros.MinuteOf(_last.OccurredAtMicros) != bucket.Minute)
        {
            return null;
        }

        var last = _last.OccurredAtMicros == newestOfBatch.OccurredAtMicros ? newestOfBatch : _last.Get()!;
        return new CurrencyCode(last.Currency) == bucket.Currency ? last : null;
    }

    private ref Bucket GetOrAdd(long minute, CurrencyCode currency)
    {
        var index = _buckets.Find(minute, currency);
        if (index >= 0)
        {
            return ref _buckets[index];
        }

        return ref _buckets.Insert(~index, new(minute, currency, isNew: true));
    }

    private void Clear()
    {
        _buckets.RemoveFirst(_buckets.Count);
        _received.Clear(memory.Positions);
        _last = default;
    }

    private void SeeLast(CardTransaction transaction)
    {
        if (transaction.OccurredAtMicros < _last.OccurredAtMicros)
        {
            return;
        }

        if (kind == EntityKind.Account)
        {
            _last.Pack(transaction);
        }
        else
        {
            _last.Set(transaction);
        }
    }
}
