using Orleans.Concurrency;

namespace Analytics.Partitions;

/// <summary>Handles one Kafka partition; the key is its number in decimal. Active on the silo that reads the partition.</summary>
public interface IPartitionGrain : IGrainWithStringKey
{
    /// <summary>How far it has come.</summary>
    [AlwaysInterleave]
    Task<PartitionStatus> GetStatusAsync();

    /// <summary>Makes everything applied so far durable, as the timer does.</summary>
    /// <returns>The checkpoint's offset; -1 when there is none.</returns>
    [AlwaysInterleave]
    Task<long> CheckpointAsync();
}
