using Analytics.Windowing;

namespace Analytics.Storage;

/// <summary>
/// Where grains make their state durable. Every method is safe to call from many threads. An operating fault (server gone, disk full)
/// throws <see cref="StoreUnavailableException"/>, after which nothing or all of that one call is durable; calls may be repeated.
/// </summary>
public interface IAnalyticsStore
{
    /// <summary>One line for the start page, without secrets: product, version, edition, address.</summary>
    Task<string> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Brings the schema up to date; does nothing when it is. Safe when several processes start at once.</summary>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Opens the lease of a silo's incarnation. From then on every commit of this store checks in its transaction that the lease is there
    /// and not fenced; before, and in tools that open none, commits are unchecked. May be repeated.
    /// </summary>
    /// <param name="silo">Names the incarnation: one that was fenced never opens again.</param>
    /// <param name="cancellationToken">Abandons the call.</param>
    /// <exception cref="SiloFencedException">This incarnation was fenced before.</exception>
    Task OpenLeaseAsync(string silo, CancellationToken cancellationToken);

    /// <summary>
    /// Fences silos that the cluster has declared dead, whether they ever opened a lease or not. On return each of their commits has either
    /// ended or will fail; one whose silo stays silent in the middle of it is broken off. May be repeated.
    /// </summary>
    Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken);

    /// <summary>All checkpoints of all epochs' latest: one per partition, that of its largest epoch.</summary>
    Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// In ONE transaction: stores <paramref name="rows"/>, and moves the partition's checkpoint from <paramref name="expected"/> to
    /// <paramref name="next"/> (null: there must be no checkpoint of that epoch yet).
    /// </summary>
    /// <param name="expected">The checkpoint that this silo wrote or read last.</param>
    /// <param name="next">The new checkpoint: same partition, a larger offset, or a larger epoch with any offset; holds absolute counters.</param>
    /// <param name="rows">Raw rows in offset order, all of <paramref name="next"/>'s epoch and partition.</param>
    /// <param name="cancellationToken">Abandons the commit; whether it took place is then unknown.</param>
    /// <returns>
    /// False when the stored checkpoint is not the expected one: nothing was written, another owner was here, and the caller's state is wrong.
    /// </returns>
    /// <exception cref="SiloFencedException">The lease is fenced or gone; nothing was written.</exception>
    Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken);

    /// <summary>In one transaction: writes each bucket's absolute value over what is stored. No key occurs twice in a list.</summary>
    /// <exception cref="StoreUnavailableException">
    /// Nothing was written, or the answer was lost. One cause is a row that was wrongly called new (<see cref="BucketRow.IsNew"/>): a caller that
    /// tries again does so without that.
    /// </exception>
    /// <exception cref="SiloFencedException">The lease is fenced or gone; nothing was written.</exception>
    Task CommitBucketsAsync(
        IReadOnlyList<BucketRow> accounts, IReadOnlyList<BucketRow> merchants, CancellationToken cancellationToken);

    /// <summary>Reads many entities in one query. The answer holds one state per id, in the order of <paramref name="entityIds"/>.</summary>
    /// <param name="kind">Accounts or merchants.</param>
    /// <param name="entityIds">Distinct ids, at most 10,000.</param>
    /// <param name="fromMinute">First window start wanted, minutes since the Unix epoch; <see cref="long.MinValue"/> for all.</param>
    /// <param name="cancellationToken">Abandons the query.</param>
    Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken);

    /// <summary>Reads single buckets in one query, in no order; a bucket that is not stored is not in the answer.</summary>
    Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(
        EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// The transaction ids of a partition that were accepted last, oldest first: what deduplication knew before a restart.
    /// </summary>
    /// <param name="partition">Kafka partition.</param>
    /// <param name="sinceMicros">Only rows ingested at or after this time, microseconds since the Unix epoch.</param>
    /// <param name="limit">At most so many ids, the newest.</param>
    /// <param name="cancellationToken">Abandons the query.</param>
    Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken);
}
