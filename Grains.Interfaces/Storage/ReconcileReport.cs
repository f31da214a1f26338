namespace Analytics.Storage;

/// <summary>What was compared, and what is not as it should be.</summary>
/// <param name="AccountWindows">Rows of <c>account_windows</c> in the range.</param>
/// <param name="MerchantWindows">Rows of <c>merchant_windows</c> in the range.</param>
/// <param name="InFlight">How many of these windows were not compared because they are ahead of the checkpoints.</param>
/// <param name="RawRows">Rows of <c>transactions</c> in the range.</param>
/// <param name="LateRows">How many of these are late, and so in no window.</param>
/// <param name="Checkpoints">Checkpoints of all partitions and epochs.</param>
/// <param name="CountersCompared">Whether the checkpoints' counters were compared: they count rows of all times, so only without a range.</param>
/// <param name="DifferenceCount">All differences; equal when it is 0.</param>
/// <param name="DifferencesByTable">The same by table, only those with a difference.</param>
/// <param name="Differences">The first of them, table by table and in the order of their keys.</param>
public sealed record ReconcileReport(
    long AccountWindows,
    long MerchantWindows,
    long InFlight,
    long RawRows,
    long LateRows,
    long Checkpoints,
    bool CountersCompared,
    long DifferenceCount,
    IReadOnlyDictionary<string, long> DifferencesByTable,
    IReadOnlyList<ReconcileDifference> Differences);
