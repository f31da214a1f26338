using System.Collections.Concurrent;
using Analytics.Hosting;
using Analytics.Partitions;
using Analytics.Persistence;
using Microsoft.Extensions.Logging;
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
internal sealed partial class KeptEntities : IDisposable
{
    private readonly ConcurrentDictionary<EntityKey, KeptEntity> _kept = new();
    private readonly WriteBuffer _buffer;
    private readonly ILogger<KeptEntities> _logger;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;

    public KeptEntities(WriteBuffer buffer, TimeProvider time, IOptions<AnalyticsOptions> options, ILogger<KeptEntities> logger)
    {
        _buffer = buffer;
        _logger = logger;
        _interval = options.Value.EntityReleaseInterval;
        _timer = time.CreateTimer(_ => LetGoOfDurable(), null, _interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The entity, or null when this silo does not keep it.</summary>
    public KeptEntity? Find(EntityKey key) => _kept.GetValueOrDefault(key);

    public void Add(EntityKey key, KeptEntity entity) => _kept[key] = entity;

    /// <summary>Forgets the entity, unless a later activation of it has taken its place.</summary>
    public void Remove(EntityKey key, KeptEntity entity) => _kept.TryRemove(new(key, entity));

    public void Dispose() => _timer.Dispose();

    private void LetGoOfDurable()
    {
        var committed = _buffer.CommittedSequence;
        foreach (var (key, kept) in _kept)
        {
            try
            {
                kept.ReleaseUnlessWritten(committed);
            }
            catch (Exception exception)
            {
                // On a timer's thread it would end the process; this entity stays in memory, which is all that it costs.
                LogNotReleased(key, exception);
            }
        }

        // One look at a time, however long it takes.
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(2301, LogLevel.Error, "{Entity} cannot be let go of, and stays in memory until the next try.")]
    private partial void LogNotReleased(EntityKey entity, Exception exception);
}
