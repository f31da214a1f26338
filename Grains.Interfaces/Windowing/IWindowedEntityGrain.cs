using Orleans.Concurrency;
using Orleans.Runtime;

namespace Analytics.Windowing;

/// <summary>An entity that keeps windowed metrics in memory; its key is the entity's id.</summary>
public interface IWindowedEntityGrain : IGrainWithStringKey
{
    /// <summary>Applies a batch exactly once, however often it is sent.</summary>
    /// <exception cref="Analytics.Storage.StoreUnavailableException">State older than what is kept in memory could not be read; nothing was applied.</exception>
    ValueTask<ApplyResult> ApplyAsync(EntityBatch batch);

    /// <summary>
    /// Moves the activation to a silo as soon as everything that it wrote is durable. It stays when it is there already, when the store does
    /// not answer, or when it was written again meanwhile.
    /// </summary>
    [AlwaysInterleave]
    Task MoveToAsync(SiloAddress silo);

    /// <summary>The live metrics, or null when no transaction of the entity counts: it was never seen, or only late.</summary>
    /// <param name="asOf">The instant to look from; null for stream time.</param>
    [AlwaysInterleave]
    Task<EntityMetrics?> GetMetricsAsync(DateTimeOffset? asOf);
}
