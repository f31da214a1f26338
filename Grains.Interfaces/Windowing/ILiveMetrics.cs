using Analytics.Storage;

namespace Analytics.Windowing;

/// <summary>The live metrics of accounts and merchants, for callers in the process of a silo.</summary>
public interface ILiveMetrics
{
    /// <summary>
    /// The live metrics, or null when no transaction of the entity counts: it was never seen, or only late. From this silo's memory at once
    /// when it keeps the entity, else by a call of <see cref="IWindowedEntityGrain.GetMetricsAsync"/>.
    /// </summary>
    /// <param name="kind">What the id names.</param>
    /// <param name="id">The entity's id.</param>
    /// <param name="asOf">The instant to look from; null for stream time.</param>
    /// <exception cref="AsOfTooOldException">Windows of that instant are not in memory any more.</exception>
    /// <exception cref="StoreUnavailableException">The entity is not in memory, and the store did not answer.</exception>
    ValueTask<EntityMetrics?> GetAsync(EntityKind kind, string id, DateTimeOffset? asOf);
}
