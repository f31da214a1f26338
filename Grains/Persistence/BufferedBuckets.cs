using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Persistence;

/// <summary>
/// What the write buffer holds and what it is committing: the last value of each bucket until it is durable. Pure: no lock, no clock, no
/// I/O; <see cref="WriteBuffer"/> drives it.
/// </summary>
/// <remarks>Two generations take turns and keep their memory: a silo under load changes about as many buckets in each commit.</remarks>
internal sealed class BufferedBuckets : IBucketSink
{
    private Generation _filling = new();
    private Generation _other = new();
    private BucketRow[] _accounts = [];
    private BucketRow[] _merchants = [];

    /// <summary>The sequence of the last value put.</summary>
    public long Sequence { get; private set; }

    /// <summary>Every value put up to this sequence is durable.</summary>
    public long CommittedSequence { get; private set; }

    /// <summary>Buckets not yet durable; one that changed during its commit counts twice.</summary>
    public int Count => _filling.Count + _other.Count;

    [MethodImpl(HotPath.Code)]
    public long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction)
    {
        BucketKey key = new(kind.IdIn(lastTransaction), lastTransaction.Currency, bucket.Minute);
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_filling.Of(kind), key, out var isThere);
        try
        {
            row = bucket.ToRow(kind, memory, lastTransaction, row.Sources) with { IsNew = row.IsNew || bucket.IsNew };
        }
        catch when (!isThere)
        {
            // Out of memory; an empty row could never be committed.
            _filling.Of(kind).Remove(key);
            throw;
        }

        return ++Sequence;
    }

    /// <summary>The value that is not durable yet, if there is one: it is newer than what the store holds.</summary>
    public bool TryGetPending(EntityKind kind, BucketKey key, out BucketRow row)
    {
        if (!_filling.Of(kind).TryGetValue(key, out row) && !_other.Of(kind).TryGetValue(key, out row))
        {
            return false;
        }

        row = Copy(row);
        return true;
    }

    /// <summary>All values of some entities that are not durable yet.</summary>
    public List<BucketRow> PendingOf(EntityKind kind, IReadOnlySet<string> entityIds)
    {
        List<BucketRow> rows = [];
        foreach (var (key, row) in _filling.Of(kind))
        {
            if (entityIds.Contains(key.EntityId))
            {
                rows.Add(Copy(row));
            }
        }

        foreach (var (key, row) in _other.Of(kind))
        {
            if (entityIds.Contains(key.EntityId) && !_filling.Of(kind).ContainsKey(key))
            {
                rows.Add(Copy(row));
            }
        }

        return rows;
    }

    /// <summary>
    /// Everything held now, to be written in any order and any number of times; new values are collected beside it. Null when there is
    /// nothing. One commit at a time: after one that was broken off, the next holds its values too.
    /// </summary>
    public BucketCommit? BeginCommit()
    {
        foreach (var kind in (ReadOnlySpan<EntityKind>)[EntityKind.Account, EntityKind.Merchant])
        {
            // Of a commit that was broken off.
            foreach (var (key, row) in _other.Of(kind))
            {
                _filling.Of(kind).TryAdd(key, row with { IsNew = false });
            }
        }

        _other.Clear();
        if (_filling.Count == 0)
        {
            return null;
        }

        (_filling, _other) = (_other, _filling);
        return new(CopyTo(ref _accounts, _other.Accounts), CopyTo(ref _merchants, _other.Merchants), Sequence);
    }

    /// <summary>Notes that all of a commit is durable.</summary>
    public void CompleteCommit(BucketCommit commit)
    {
        _other.Clear();
        CommittedSequence = commit.Sequence;
    }

    // The next value of the bucket is written over the array of its positions.
    private static BucketRow Copy(BucketRow row) => row with { Sources = [.. row.Sources] };

    private static ArraySegment<BucketRow> CopyTo(ref BucketRow[] rows, Dictionary<BucketKey, BucketRow> from)
    {
        if (rows.Length < from.Count)
        {
            rows = new BucketRow[from.Count + (from.Count / 4)];
        }

        from.Values.CopyTo(rows, 0);
        return new(rows, 0, from.Count);
    }

    private sealed class Generation
    {
        public Dictionary<BucketKey, BucketRow> Accounts { get; } = [];

        public Dictionary<BucketKey, BucketRow> Merchants { get; } = [];

        public int Count => Accounts.Count + Merchants.Count;

        public Dictionary<BucketKey, BucketRow> Of(EntityKind kind) => kind == EntityKind.Account ? Accounts : Merchants;

        public void Clear()
        {
            Accounts.Clear();
            Merchants.Clear();
        }
    }
}
