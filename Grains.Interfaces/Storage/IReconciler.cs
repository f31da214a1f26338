namespace Analytics.Storage;

/// <summary>
/// Recomputes the windows from the raw rows, in SQL and from one snapshot of the store, and compares. It only reads, and may run beside
/// silos that write. Throws <see cref="StoreUnavailableException"/> when the store does not answer or has no tables.
/// </summary>
public interface IReconciler
{
    /// <summary>
    /// Compares every value of <c>account_windows</c> and <c>merchant_windows</c> with the raw rows that are not late, and the raw rows with
    /// the checkpoints. <c>last_transaction</c> is left out: only that of an entity's newest window is exact.
    /// </summary>
    /// <remarks>
    /// Windows become durable before the checkpoint that vouches for them, and the raw rows with it. So a window whose sources name a
    /// position beyond its partition's newest checkpoint cannot be recomputed yet: it is counted as in flight and not compared. Every
    /// other window must be equal in every snapshot, whether or not anything is being written.
    /// </remarks>
    /// <param name="from">First window start to compare, rounded up to a whole minute; null for all.</param>
    /// <param name="to">First window start not to compare any more, rounded up to a whole minute; null for all.</param>
    /// <param name="maxDifferences">At most so many differences are kept; all are counted.</param>
    /// <param name="cancellationToken">Abandons the comparison.</param>
    Task<ReconcileReport> ReconcileAsync(
        DateTimeOffset? from, DateTimeOffset? to, int maxDifferences, CancellationToken cancellationToken);
}
