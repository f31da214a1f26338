using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Persistence;

/// <summary>A store of which only the fence is used.</summary>
internal sealed class FencingStore : IAnalyticsStore
{
    public List<string> Fenced { get; } = [];

    public int Calls { get; private set; }

    public bool IsAway { get; set; }

    public SemaphoreSlim Entered { get; } = new(0);

    public TaskCompletionSource? Gate { get; set; }

    public async Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            throw new StoreUnavailableException("The store was taken away by the test.", new TimeoutException());
        }

        Calls++;
        Entered.Release();
        if (Gate is { } gate)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        Fenced.AddRange(silos);
    }

    public Task OpenLeaseAsync(string silo, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task MigrateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task CommitBucketsAsync(
        IReadOnlyList<BucketRow> accounts, IReadOnlyList<BucketRow> merchants, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(
        EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
}
