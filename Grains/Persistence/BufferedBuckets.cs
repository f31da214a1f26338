using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Persistence;

/// <summary>
/// What the write buffer holds and what it is committing: the last value of each bucket until it is durable. Pure: no lock, no clock, no
/// I/O; <see cref="WriteBuffer"/> drives it.
/// </summary>
internal sealed class BufferedBuckets : IBucketSink
{
    private Generation _filling = new();
    private Generation? _committing;

    /// <summary>The sequence of the last value put.</summary>
    public long Sequence { get; private set; }

    /// <summary>Every value put up to this sequence is durable.</summary>
    public long CommittedSequence { get; private set; }

    /// <summary>Buckets not yet durable; one that changed during its commit counts twice.</summary>
    public int Count => _filling.Count + (_committing?.Count ?? 0);

    public long Put(EntityKind kind, in BucketRow row)
    {
        _filling.Of(kind)[new(row.EntityId, row.Currency, row.WindowStartMinute)] = row;
        return ++Sequence;
    }

    /// <summary>The value that is not durable yet, if there is one: it is newer than what the store holds.</summary>
    public bool TryGetPending(EntityKind kind, BucketKey key, out BucketRow row) =>
        _filling.Of(kind).TryGetValue(key, out row)
        || (_committing is { } committing && committing.Of(kind).TryGetValue(key, out row));

    /// <summary>All values of some entities that are not durable yet.</summary>
    public List<BucketRow> PendingOf(EntityKind kind, IReadOnlySet<string> entityIds)
    {
        List<BucketRow> rows = [];
        foreach (var (key, row) in _filling.Of(kind))
        {
            if (entityIds.Contains(key.EntityId))
            {
                rows.Add(row);
            }
        }

        foreach (var (key, row) in _committing?.Of(kind) ?? [])
        {
            if (entityIds.Contains(key.EntityId) && !_filling.Of(kind).ContainsKey(key))
            {
                rows.Add(row);
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
        if (_committing is { } brokenOff)
        {
            foreach (var kind in Enum.GetValues<EntityKind>())
            {
                foreach (var (key, row) in brokenOff.Of(kind))
                {
                    _filling.Of(kind).TryAdd(key, row);
                }
            }

            _committing = null;
        }

        if (_filling.Count == 0)
        {
            return null;
        }

        _committing = _filling;
        _filling = new();
        return new([.. _committing.Accounts.Values], [.. _committing.Merchants.Values], Sequence);
    }

    /// <summary>Notes that all of a commit is durable.</summary>
    public void CompleteCommit(BucketCommit commit)
    {
        _committing = null;
        CommittedSequence = commit.Sequence;
    }

    private sealed class Generation
    {
        public Dictionary<BucketKey, BucketRow> Accounts { get; } = [];

        public Dictionary<BucketKey, BucketRow> Merchants { get; } = [];

        public int Count => Accounts.Count + Merchants.Count;

        public Dictionary<BucketKey, BucketRow> Of(EntityKind kind) => kind == EntityKind.Account ? Accounts : Merchants;
    }
}
