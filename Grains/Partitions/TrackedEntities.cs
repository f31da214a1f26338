using Analytics.Windowing;

namespace Analytics.Partitions;

/// <summary>
/// The entities that a partition has sent events to. An entity with events that are not checkpointed is never forgotten: what it was sent
/// decides whether an activation has missed something.
/// </summary>
internal sealed class TrackedEntities
{
    /// <summary>
    /// Beyond this many of a kind, those without open events are forgotten; about 200 bytes each. One that the silo keeps is found again
    /// without a call, and what is forgotten soon is no work for the collector. Accounts by the million leave the merchants alone, whose silo
    /// would have to be found out again.
    /// </summary>
    public const int Limit = 5_000;

    private readonly Dictionary<string, TrackedEntity> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrackedEntity> _merchants = new(StringComparer.Ordinal);

    private long _trimmedAt = long.MinValue;

    public int Count => _accounts.Count + _merchants.Count;

    public TrackedEntity Get(EntityKind kind, string id)
    {
        var entities = kind == EntityKind.Account ? _accounts : _merchants;
        if (!entities.TryGetValue(id, out var entity))
        {
            entities.Add(id, entity = new(new(kind, id)));
        }

        return entity;
    }

    /// <summary>
    /// Forgets entities without events after the checkpoint, when there are too many. To be called while no batch is being applied: its
    /// entities are not acknowledged yet.
    /// </summary>
    public void Trim(long checkpointOffset)
    {
        // What was open at a checkpoint is open until the next one: a second look would find nothing.
        if (checkpointOffset != _trimmedAt && (_accounts.Count > Limit || _merchants.Count > Limit))
        {
            _trimmedAt = checkpointOffset;
            Trim(_accounts, checkpointOffset);
            Trim(_merchants, checkpointOffset);
        }
    }

    /// <summary>The silos that acknowledged something after the checkpoint.</summary>
    public HashSet<string> SilosAfter(long checkpointOffset)
    {
        HashSet<string> silos = new(StringComparer.Ordinal);
        Collect(_accounts);
        Collect(_merchants);
        return silos;

        void Collect(Dictionary<string, TrackedEntity> entities)
        {
            // Nearly always one silo: the comparison with the last one found spares a look-up for each entity.
            string? last = null;
            foreach (var entity in entities.Values)
            {
                if (entity.SentOffset > checkpointOffset && !ReferenceEquals(entity.Silo, last))
                {
                    silos.Add(last = entity.Silo!);
                }
            }
        }
    }

    private static void Trim(Dictionary<string, TrackedEntity> entities, long checkpointOffset)
    {
        if (entities.Count <= Limit)
        {
            return;
        }

        foreach (var (id, entity) in entities)
        {
            if (entity.SentOffset <= checkpointOffset)
            {
                entities.Remove(id);
            }
        }
    }
}
