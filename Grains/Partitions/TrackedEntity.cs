using Analytics.Windowing;

namespace Analytics.Partitions;

/// <summary>One account or merchant as its partition knows it. Found once a record, so that everything else is a field and not a look-up.</summary>
internal sealed class TrackedEntity(EntityKey key)
{
    public EntityKey Key { get; } = key;

    /// <summary>Offset of the last event that the entity has acknowledged; -1 when none is known.</summary>
    public long SentOffset { get; private set; } = -1;

    /// <summary>The silo that acknowledged it.</summary>
    public string? Silo { get; private set; }

    /// <summary>How the sender reaches the entity by a call; null until it has looked, and where no call is needed.</summary>
    public object? Target { get; set; }

    /// <summary>The entity itself where this silo keeps it; null when it is reached by calls only.</summary>
    public ILocalEntity? Here { get; private set; }

    /// <summary>Events of the batch that is being judged.</summary>
    public int Events { get; set; }

    /// <summary>Where the next of these events goes in the batch's array.</summary>
    public int Next { get; set; }

    /// <summary>Notes whether this silo keeps the entity; what calls need is then not kept beside it.</summary>
    public void NoteKeptHere(ILocalEntity? here)
    {
        Here = here;
        Target = here is null ? Target : null;
    }

    /// <summary>
    /// Notes that the entity has taken everything up to an offset, on which silo. What is sent again for a lost silo may be acknowledged
    /// after a newer batch: the newer one stays, because its silo holds what the next batch and the checkpoint rely on.
    /// </summary>
    public void Acknowledged(long offset, string silo)
    {
        if (offset >= SentOffset)
        {
            (SentOffset, Silo) = (offset, silo);
        }
    }
}
