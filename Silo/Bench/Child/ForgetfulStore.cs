using System.Collections.Concurrent;
using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Silo.Bench.Child;

/// <summary>
/// Keeps nothing but checkpoints, in memory: shows what everything but the database costs. Nothing that was activated once may be activated
/// again, because its past is gone; so only for a benchmark (<see cref="BenchMode"/>) and for what warms a silo up.
/// </summary>
internal sealed class ForgetfulStore : IAnalyticsStore, IHistoryReader
{
    private readonly ConcurrentDictionary<int, Checkpoint> _checkpoints = new();

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult("none: benchmark of the protocol alone, nothing is kept");

    public Task MigrateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task OpenLeaseAsync(string silo, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Checkpoint>>([.. _checkpoints.Values]);

    public Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken) =>
        Task.FromResult(expected is { } known
            ? _checkpoints.TryUpdate(next.Position.Partition, next, known)
            : _checkpoints.TryAdd(next.Position.Partition, next));

    public Task CommitBucketsAsync(IReadOnlyList<BucketRow> accounts, IReadOnlyList<BucketRow> merchants, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<EntityState>>([.. entityIds.Select(id => new EntityState(id, []))]);

    public Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BucketRow>>([]);

    public Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RecentTransactionId>>([]);

    public Task<IReadOnlyList<HistoryWindow>> ReadWindowsAsync(
        EntityKind kind,
        string entityId,
        DateTimeOffset from,
        DateTimeOffset to,
        HistoryStep step,
        string? currency,
        int limit,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<HistoryWindow>>([]);
}
