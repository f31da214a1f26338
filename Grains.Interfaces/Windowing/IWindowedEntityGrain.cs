using Orleans.Concurrency;

namespace Analytics.Windowing;

/// <summary>An entity that keeps windowed metrics in memory; its key is the entity's id.</summary>
public interface IWindowedEntityGrain : IGrainWithStringKey
{
    /// <summary>Applies a batch exactly once, however often it is sent.</summary>
    /// <exception cref="Analytics.Storage.StoreUnavailableException">State older than what is kept in memory could not be read; nothing was applied.</exception>
    ValueTask<ApplyResult> ApplyAsync(EntityBatch batch);

    /// <summary>The live metrics, or null when the entity was never seen.</summary>
    /// <param name="asOf">The instant to look from; null for stream time.</param>
    [AlwaysInterleave]
    Task<EntityMetrics?> GetMetricsAsync(DateTimeOffset? asOf);
}
