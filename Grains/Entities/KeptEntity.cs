using Analytics.Windowing;

namespace Analytics.Entities;

/// <summary>
/// What partitions hold of an entity that is kept. It lets go of the activation when that is kept no longer, so that a partition without
/// further events for it does not keep its memory.
/// </summary>
internal sealed class KeptEntity(WindowedEntityGrain entity) : ILocalEntity
{
    private volatile WindowedEntityGrain? _entity = entity;

    // None: the first look lets go of nothing, however soon it comes after the first write.
    private long _lastWriteSeen = -1;

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

    /// <summary>
    /// Lets the entity go unless it was written since the last call, or is not durable up to <paramref name="committedSequence"/>: one that
    /// is written all the time is kept all the time. For one thread at a time.
    /// </summary>
    public void ReleaseUnlessWritten(long committedSequence)
    {
        if (_entity is not { } entity)
        {
            return;
        }

        var lastWrite = entity.LastWrite;
        if (lastWrite == _lastWriteSeen && lastWrite <= committedSequence)
        {
            entity.Release();
        }

        _lastWriteSeen = lastWrite;
    }

    public void End() => _entity = null;
}
