using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Grains;

/// <summary>The real SQLite store, which can be taken away, and can lose the answer to a commit that took place.</summary>
internal sealed class FaultyStore(IAnalyticsStore store) : IAnalyticsStore
{
    private volatile bool _isAway;
    private volatile int _bucketCommits;
    private int _checkpointReads;
    private int _answersToLose;
    private int _bucketsToHang;
    private int _checkpointsToHang;
    private Func<Task>? _beforeRecentIds;

    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>From now on the silo writes nothing, as if it were killed.</summary>
    public bool IsCut { get; set; }

    /// <summary>When set, each commit of buckets waits here for its turn.</summary>
    public SemaphoreSlim? BucketTurns { get; set; }

    /// <summary>Commits of buckets that have begun, those that wait for their turn included.</summary>
    public int BucketCommits => _bucketCommits;

    /// <summary>Commits with a bucket that is called new fail, as if the store had it.</summary>
    public bool RefusesNew { get; set; }

    /// <summary>When set, each look-up of single buckets waits here for its turn.</summary>
    public SemaphoreSlim? LookUpTurns { get; set; }

    public int AnswersLost { get; private set; }

    /// <summary>Entities cannot be loaded; everything else works.</summary>
    public bool AreEntitiesAway { get; set; }

    public int EntityQueries { get; private set; }

    /// <summary>The earliest minute from which entities were asked for.</summary>
    public long EarliestMinuteAsked { get; private set; } = long.MaxValue;

    /// <summary>Transaction ids that were read.</summary>
    public int RecentIdsRead { get; private set; }

    /// <summary>How often the checkpoints were read: twice by each activation of a partition, among others.</summary>
    public int CheckpointReads => Volatile.Read(ref _checkpointReads);

    /// <summary>The next so many checkpoints are committed, and reported as failed.</summary>
    public void LoseCheckpointAnswers(int count) => Volatile.Write(ref _answersToLose, count);

    /// <summary>The next so many commits do not take place and are never answered.</summary>
    public void HangCommits(int buckets, int checkpoints)
    {
        Volatile.Write(ref _bucketsToHang, buckets);
        Volatile.Write(ref _checkpointsToHang, checkpoints);
    }

    /// <summary>What happens elsewhere just before transaction ids are read for the first time.</summary>
    public void BeforeRecentIds(Func<Task> happens) => _beforeRecentIds = happens;

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => store.DescribeAsync(cancellationToken);

    public Task MigrateAsync(CancellationToken cancellationToken) => store.MigrateAsync(cancellationToken);

    public Task OpenLeaseAsync(string silo, CancellationToken cancellationToken) => store.OpenLeaseAsync(silo, cancellationToken);

    public Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken) => store.FenceAsync(silos, cancellationToken);

    public Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken)
    {
        ThrowIfAway();
        Interlocked.Increment(ref _checkpointReads);
        return store.ReadCheckpointsAsync(cancellationToken);
    }

    public async Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        ThrowIfCut();
        await HangAsync(ref _checkpointsToHang, cancellationToken);
        var moved = await store.CommitCheckpointAsync(expected, next, rows, cancellationToken);
        if (moved && Interlocked.Decrement(ref _answersToLose) >= 0)
        {
            AnswersLost++;
            throw Away();
        }

        return moved;
    }

    public async Task CommitBucketsAsync(
        IReadOnlyList<BucketRow> accounts, IReadOnlyList<BucketRow> merchants, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        ThrowIfCut();
        Interlocked.Increment(ref _bucketCommits);
        if (RefusesNew && accounts.Concat(merchants).Any(row => row.IsNew))
        {
            throw new StoreUnavailableException("A bucket that was called new is stored already.", new InvalidOperationException());
        }

        await HangAsync(ref _bucketsToHang, cancellationToken);
        if (BucketTurns is { } turns)
        {
            await turns.WaitAsync(cancellationToken);
        }

        await store.CommitBucketsAsync(accounts, merchants, cancellationToken);
    }

    public Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken)
    {
        EntityQueries++;
        EarliestMinuteAsked = Math.Min(EarliestMinuteAsked, fromMinute);
        ThrowIfAway();
        if (AreEntitiesAway)
        {
            throw Away();
        }

        return store.LoadEntitiesAsync(kind, entityIds, fromMinute, cancellationToken);
    }

    public async Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(
        EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        if (LookUpTurns is { } turns)
        {
            await turns.WaitAsync(cancellationToken);
        }

        return await store.LoadBucketsAsync(kind, keys, cancellationToken);
    }

    public async Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        if (Interlocked.Exchange(ref _beforeRecentIds, null) is { } happens)
        {
            await happens();
        }

        var ids = await store.ReadRecentTransactionIdsAsync(partition, sinceMicros, limit, cancellationToken);
        RecentIdsRead += ids.Count;
        return ids;
    }

    private static Task HangAsync(ref int left, CancellationToken cancellationToken) =>
        Interlocked.Decrement(ref left) >= 0 ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken) : Task.CompletedTask;

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
