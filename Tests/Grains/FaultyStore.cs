using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Grains;

/// <summary>The real SQLite store, which can be taken away, and can lose the answer to a commit that took place.</summary>
internal sealed class FaultyStore(IAnalyticsStore store) : IAnalyticsStore
{
    private volatile bool _isAway;
    private int _answersToLose;

    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>From now on the silo writes nothing, as if it were killed.</summary>
    public bool IsCut { get; set; }

    public int AnswersLost { get; private set; }

    public int EntityQueries { get; private set; }

    /// <summary>The earliest minute from which entities were asked for.</summary>
    public long EarliestMinuteAsked { get; private set; } = long.MaxValue;

    /// <summary>The next so many checkpoints are committed, and reported as failed.</summary>
    public void LoseCheckpointAnswers(int count) => Volatile.Write(ref _answersToLose, count);

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => store.DescribeAsync(cancellationToken);

    public Task MigrateAsync(CancellationToken cancellationToken) => store.MigrateAsync(cancellationToken);

    public Task OpenLeaseAsync(string silo, CancellationToken cancellationToken) => store.OpenLeaseAsync(silo, cancellationToken);

    public Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken) => store.FenceAsync(silos, cancellationToken);

    public Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return store.ReadCheckpointsAsync(cancellationToken);
    }

    public async Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        ThrowIfCut();
        var moved = await store.CommitCheckpointAsync(expected, next, rows, cancellationToken);
        if (moved && Interlocked.Decrement(ref _answersToLose) >= 0)
        {
            AnswersLost++;
            throw Away();
        }

        return moved;
    }

    public Task CommitBucketsAsync(
        IReadOnlyList<BucketRow> accounts, IReadOnlyList<BucketRow> merchants, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        ThrowIfCut();
        return store.CommitBucketsAsync(accounts, merchants, cancellationToken);
    }

    public Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken)
    {
        EntityQueries++;
        EarliestMinuteAsked = Math.Min(EarliestMinuteAsked, fromMinute);
        ThrowIfAway();
        return store.LoadEntitiesAsync(kind, entityIds, fromMinute, cancellationToken);
    }

    public Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(
        EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return store.LoadBucketsAsync(kind, keys, cancellationToken);
    }

    public Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return store.ReadRecentTransactionIdsAsync(partition, sinceMicros, limit, cancellationToken);
    }

    private void ThrowIfAway()
    {
        if (_isAway)
        {
            throw Away();
        }
    }

    private void ThrowIfCut()
    {
        if (IsCut)
        {
            throw new SiloFencedException("The silo was killed by the test.");
        }
    }

    private static StoreUnavailableException Away() => new("The store was taken away by the test.", new TimeoutException());
}
