using System.Collections.Concurrent;
using Analytics.Hosting;
using Analytics.Partitions;
using Analytics.Persistence;
using Microsoft.Extensions.Options;

namespace Analytics.Entities;

/// <summary>
/// The entities of this silo that were written a short while ago. They are not collected, and may be applied to without a call. Bounded by
/// the entities that are active. Thread safe.
/// </summary>
/// <remarks>
/// An activation that has begun to deactivate is no longer reported to a grain directory that rebuilds itself after a crash, so another
/// silo may activate the entity from older durable state while this silo's write buffer still holds newer windows; whichever of the two
/// writes last destroys what the other wrote. An activation that is kept stays in the directory, and its entity stays here.
/// </remarks>
internal sealed class KeptEntities : IDisposable
{
    // With the last write that was seen: an entity that is written all the time is kept all the time, and costs nothing.
    private readonly ConcurrentDictionary<EntityKey, (WindowedEntityGrain Entity, long Seen)> _kept = new();
    private readonly WriteBuffer _buffer;
    private readonly ITimer _timer;

    public KeptEntities(WriteBuffer buffer, TimeProvider time, IOptions<AnalyticsOptions> options)
    {
        _buffer = buffer;
        _timer = time.CreateTimer(_ => LetGoOfDurable(), null, options.Value.EntityReleaseInterval, options.Value.EntityReleaseInterval);
    }

    /// <summary>The entity, or null when this silo does not keep it.</summary>
    public WindowedEntityGrain? Find(EntityKey key) => _kept.TryGetValue(key, out var kept) ? kept.Entity : null;

    public void Add(EntityKey key, WindowedEntityGrain entity, long lastWrite) => _kept[key] = (entity, lastWrite);

    public void Remove(EntityKey key) => _kept.TryRemove(key, out _);

    public void Dispose() => _timer.Dispose();

    private void LetGoOfDurable()
    {
        var committed = _buffer.CommittedSequence;
        foreach (var (key, kept) in _kept)
        {
            var lastWrite = kept.Entity.LastWrite;
            if (lastWrite == kept.Seen && lastWrite <= committed)
            {
                kept.Entity.Release();
            }
            else
            {
                _kept.TryUpdate(key, (kept.Entity, lastWrite), kept);
            }
        }
    }
}
