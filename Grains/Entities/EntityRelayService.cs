using Analytics.Partitions;
using Analytics.Persistence;
using Analytics.Windowing;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Analytics.Entities;

/// <summary>The silo's end of <see cref="IEntityRelayService"/>: what a partition does with the entities of its own silo, for one of another.</summary>
[Reentrant]
internal sealed class EntityRelayService(GrainId grainId, Silo silo, ILoggerFactory loggerFactory, KeptEntities kept, SiloLease lease, StreamClock clock)
    : GrainService(grainId, silo, loggerFactory), IEntityRelayService
{
    public ValueTask<RelayAnswer> ApplyAsync(RelayedBatch[] batches)
    {
        if (lease.IsLost)
        {
            // To the cluster this silo is gone, and its entities are elsewhere.
            return new(new RelayAnswer([.. Enumerable.Range(0, batches.Length)], 0));
        }

        clock.Advance(batches[0].Batch.StreamTimeMicros);
        List<int> left = [];
        var saturated = 0;
        for (var i = 0; i < batches.Length; i++)
        {
            var (kind, batch) = batches[i];
            if (TryApply(kind, batch, out var result))
            {
                saturated += result.Saturated;
            }
            else
            {
                left.Add(i);
            }
        }

        return new(new RelayAnswer([.. left], saturated));
    }

    private bool TryApply(EntityKind kind, in EntityBatch batch, out ApplyResult result)
    {
        result = default;
        try
        {
            return kept.Find(new(kind, kind.IdIn(batch.Events.Span[0].Transaction)))?.TryApply(batch, out result) ?? false;
        }
        catch (Exception)
        {
            // Out of memory. The call that comes next meets it as well, or not, and the others keep their answer.
            return false;
        }
    }
}
