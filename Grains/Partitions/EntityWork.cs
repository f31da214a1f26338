using Analytics.Windowing;

namespace Analytics.Partitions;

/// <summary>What one batch holds for one entity, in offset order; at least one event.</summary>
internal readonly record struct EntityWork(TrackedEntity Entity, ReadOnlyMemory<EntityEvent> Events)
{
    public EntityKey Key => Entity.Key;

    public long LastOffset => Events.Span[^1].Offset;
}
