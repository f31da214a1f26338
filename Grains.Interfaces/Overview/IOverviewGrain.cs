using Analytics.Partitions;
using Orleans.Concurrency;

namespace Analytics.Overview;

/// <summary>The cluster's overview; one grain with key 0. Partitions report to it a few times a second.</summary>
public interface IOverviewGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a partition's newest status.</summary>
    /// <returns>The cluster's stream time, microseconds since the Unix epoch.</returns>
    Task<long> ReportAsync(PartitionStatus status);

    /// <summary>The statuses of all partitions ever reported or checkpointed, by number.</summary>
    [AlwaysInterleave]
    Task<IReadOnlyList<PartitionStatus>> GetAsync();
}
