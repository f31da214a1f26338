using System.Collections.Concurrent;
using Analytics.Hosting;
using Analytics.Persistence;
using Microsoft.Extensions.Options;

namespace Analytics.Entities;

/// <summary>
/// Keeps entities from being collected while windows of theirs are not durable, however idle they are. Bounded by the entities that are active.
/// </summary>
/// <remarks>
/// An activation that has begun to deactivate is no longer reported to a grain directory that rebuilds itself after a crash, so another
/// silo may activate the entity from older durable state while this silo's write buffer still holds newer windows; whichever of the two
/// writes last destroys what the other wrote. An activation that is kept stays in the directory, and its entity stays here.
/// </remarks>
internal sealed class UndurableEntities : IDisposable
{
    // With the last write that was seen: an entity that is written all the time is kept all the time, and costs nothing.
    private readonly ConcurrentDictionary<WindowedEntityGrain, long> _kept = new();
    private readonly WriteBuffer _buffer;
    private readonly ITimer _timer;

    public UndurableEntities(WriteBuffer buffer, TimeProvider time, IOptions<AnalyticsOptions> options)
    {
        _buffer = buffer;
        _timer = time.CreateTimer(_ => LetGoOfDurable(), null, options.Value.EntityReleaseInterval, options.Value.EntityReleaseInterval);
    }

    public void Add(WindowedEntityGrain entity, long lastWrite) => _kept[entity] = lastWrite;

    public void Remove(WindowedEntityGrain entity) => _kept.TryRemove(entity, out _);

    public void Dispose() => _timer.Dispose();

    private void LetGoOfDurable()
    {
        var committed = _buffer.CommittedSequence;
        foreach (var (entity, seen) in _kept)
        {
            var lastWrite = entity.LastWrite;
            if (lastWrite == seen && lastWrite <= committed)
            {
                entity.QueueRelease();
            }
            else
            {
                _kept.TryUpdate(entity, lastWrite, seen);
            }
        }
    }
}
