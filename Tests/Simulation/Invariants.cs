using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>Compares what happens with the oracle: at every change of the store and of a live bucket, and wholly when all is at rest.</summary>
internal sealed class Invariants(World world, SimulatedLog log, Oracle oracle)
{
    private readonly HashSet<(int Partition, long Offset)> _deadLetters = [];

    public void DeadLetterAcknowledged(int partition, long offset) => _deadLetters.Add((partition, offset));

    /// <summary>The new value of a live bucket is the sum of exactly the events that its positions claim.</summary>
    public void BucketChanged(SimulatedSilo silo, EntityKind kind, in BucketRow row)
    {
        if (!silo.DeclaredDead)
        {
            // What a zombie makes of late calls is wrong at times: the fence keeps it out of the store, which is checked there.
            CheckTotals("live windows", silo, kind, row);
        }
    }

    /// <summary>A stored bucket is the sum of the events that its positions claim, and never goes back behind a checkpoint.</summary>
    public void BucketStored(SimulatedStore store, SimulatedSilo silo, EntityKind kind, in BucketRow row)
    {
        CheckTotals("stored windows", silo, kind, row);
        var key = new BucketKey(row.EntityId, row.Currency, row.WindowStartMinute);
        foreach (var (partition, offset, _) in oracle.EventsOf(kind, key))
        {
            if (offset <= (store.CheckpointOf(partition)?.Position.Offset ?? -1) && offset > Oracle.OffsetOf(row.Sources, partition))
            {
                world.Fail($"stored windows: {silo} writes {Name(kind, key)} with {Join(row.Sources)}, without the checkpointed {partition}@{offset}");
                return;
            }
        }
    }

    /// <summary>A checkpoint passes nothing that is not durable, and what it stores is what the oracle says.</summary>
    public void CheckpointMoved(SimulatedStore store, Checkpoint? before, Checkpoint next)
    {
        var (_, partition, offset) = next.Position;
        if (before is { } old && !next.Position.IsAfter(old.Position))
        {
            world.Fail($"positions: the checkpoint goes back from {old.Position} to {next.Position}");
        }

        // Rows are only ever added: those up to the checkpoint before were compared when it moved there.
        var rows = store.RowsOf(partition);
        var expectedRows = oracle.RowsOf(partition).Where(r => r.Offset <= offset);
        var compared = oracle.RowsOf(partition).Count(r => r.Offset <= (before?.Position.Offset ?? -1));
        if (!rows.Skip(compared).SequenceEqual(expectedRows.Skip(compared)))
        {
            world.Fail($"raw rows: at {next.Position} they are {Join(rows)}, expected {Join(expectedRows)}");
        }

        var (counters, streamTime) = oracle.After(partition, offset);
        if (next.Counters != counters || next.StreamTimeMicros != streamTime)
        {
            world.Fail($"verdicts: at {next.Position} {next.Counters}, stream time {next.StreamTimeMicros}; expected {counters}, {streamTime}");
        }

        foreach (var rejected in oracle.RejectedThrough(partition, offset).Where(o => !_deadLetters.Contains((partition, o))))
        {
            world.Fail($"dead letters: {next.Position} passes the rejected record {rejected}, which is not acknowledged");
        }

        foreach (var bucket in oracle.Buckets)
        {
            Includes(store, bucket, partition, offset);
        }
    }

    /// <summary>A silo leaves only for a checkpoint of another owner.</summary>
    public void OwnerLeft(SimulatedStore store, SimulatedSilo silo, int partition, Checkpoint? known)
    {
        if (store.CheckpointOf(partition) == known)
        {
            world.Fail($"ownership: {silo} leaves for the checkpoint {known?.Position} of partition {partition}, which it knows");
        }
    }

    /// <summary>Everything is checkpointed: the store is the oracle's, and so is what is live.</summary>
    public void AtRest(SimulatedStore store, IReadOnlyCollection<EntityActivation> activations)
    {
        foreach (var (kind, key) in oracle.Buckets)
        {
            var expected = oracle.TotalsOf(kind, key, Everything());
            if (!store.Buckets.TryGetValue((kind, key), out var row) || row.Totals != expected)
            {
                world.Fail($"at rest: stored {Name(kind, key)} is {row.Totals}, expected {expected}");
            }
        }

        if (store.Buckets.Count != oracle.Buckets.Count)
        {
            world.Fail($"at rest: {store.Buckets.Count} buckets are stored, expected {oracle.Buckets.Count}");
        }

        foreach (var activation in activations)
        {
            LiveAtRest(activation);
        }

        foreach (var ofSilo in activations.Where(a => !a.Silo.Crashed && !a.Silo.DeclaredDead).GroupBy(a => a.Silo))
        {
            var held = ofSilo.Sum(a => a.Windows?.BucketCount ?? 0);
            if (held != ofSilo.Key.Memory.Buckets.Count)
            {
                world.Fail($"at rest: {ofSilo.Key} has memory for {ofSilo.Key.Memory.Buckets.Count} buckets, and its entities have {held}");
            }
        }
    }

    private void CheckTotals(string invariant, SimulatedSilo silo, EntityKind kind, in BucketRow row)
    {
        var key = new BucketKey(row.EntityId, row.Currency, row.WindowStartMinute);
        var expected = oracle.TotalsOf(kind, key, row.Sources);
        if (row.Totals != expected)
        {
            world.Fail($"{invariant}: {Name(kind, key)} on {silo} with positions {Join(row.Sources)} is {row.Totals}, expected {expected}");
        }
    }

    private void LiveAtRest(EntityActivation activation)
    {
        if (activation.Windows is not { IsEmpty: false } windows)
        {
            return;
        }

        var all = oracle.Buckets.Where(b => b.Kind == activation.Key.Kind && b.Key.EntityId == activation.Key.Id).ToList();
        var newest = all.Max(b => b.Key.WindowStartMinute);
        if (newest < windows.CompleteFromMinute)
        {
            // Other entities have moved stream time on: this one's buckets are too old to be live.
            return;
        }

        foreach (var currency in windows.Read(newest))
        {
            var key = new BucketKey(activation.Key.Id, currency.Currency, newest);
            var expected = oracle.TotalsOf(activation.Key.Kind, key, Everything());
            if (currency.LastMinute != expected)
            {
                world.Fail($"at rest: live {Name(activation.Key.Kind, key)} on {activation.Silo} is {currency.LastMinute}, expected {expected}");
            }
        }
    }

    private void Includes(SimulatedStore store, (EntityKind Kind, BucketKey Key) bucket, int partition, long through)
    {
        var last = -1L;
        foreach (var item in oracle.EventsOf(bucket.Kind, bucket.Key))
        {
            if (item.Partition == partition && item.Offset <= through)
            {
                last = item.Offset;
            }
        }

        if (last >= 0 && (!store.Buckets.TryGetValue(bucket, out var row) || Oracle.OffsetOf(row.Sources, partition) < last))
        {
            world.Fail($"checkpoint: {partition}@{through} passes {partition}@{last}, which is not durable in {Name(bucket.Kind, bucket.Key)}");
        }
    }

    private Position[] Everything() =>
        [.. Enumerable.Range(0, log.Partitions).Select(p => new Position(SimulatedLog.Epoch, p, log.LastOffset(p)))];

    private static string Name(EntityKind kind, BucketKey key) => $"{kind} {key.EntityId} {key.Currency} minute {key.WindowStartMinute}";

    private static string Join(Position[] positions) => string.Join(", ", positions);

    private static string Join(IEnumerable<RawRow> rows) =>
        string.Join(", ", rows.Select(r => $"{r.Offset}{(r.Late ? " late" : "")} logged {r.IngestedAtMicros}"));
}
