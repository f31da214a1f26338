using Analytics.Windowing;

namespace Analytics.Entities;

/// <summary>
/// What partitions hold of an entity that is kept. It lets go of the activation when that is kept no longer, so that a partition without
/// further events for it does not keep its memory.
/// </summary>
internal sealed class KeptEntity(WindowedEntityGrain entity) : ILocalEntity
{
    private volatile WindowedEntityGrain? _entity = entity;

    /// <summary>Null when it is kept no longer.</summary>
    public WindowedEntityGrain? Entity => _entity;

    public bool TryApply(in EntityBatch batch, out ApplyResult result)
    {
        if (_entity is { } entity)
        {
            return entity.TryApply(batch, out result);
        }

        result = default;
        return false;
    }

    public void End() => _entity = null;
}
