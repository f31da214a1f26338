using Analytics.Windowing;

namespace Analytics.Partitions;

/// <summary>What one batch holds for one entity, in offset order.</summary>
internal sealed record EntityWork(EntityKey Key, EntityEvent[] Events);
