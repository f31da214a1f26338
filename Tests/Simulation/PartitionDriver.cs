using Analytics.Ingest;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Simulation;

/// <summary>Drives <see cref="PartitionLedger"/> as <see cref="PartitionGrain"/> and <see cref="EntitySender"/> do.</summary>
internal sealed class PartitionDriver(
    World world, SimulatedLog log, SimulatedStore store, SimulatedCluster cluster, Invariants invariants, SimulatedSilo silo, int partition, Rule broken)
{
    private readonly TurnLock _checkpointing = new();
    private readonly Gate _pumped = new();

    // Those that took their last batch on this silo.
    private readonly Dictionary<EntityKey, EntityActivation> _here = [];
    private PartitionLedger? _activated;
    private bool _stopping;

    public SimulatedSilo Silo => silo;

    private PartitionLedger Ledger => _activated!;

    public async Task RunAsync()
    {
        while (_activated is null)
        {
            try
            {
                await ActivateAsync();
            }
            catch (StoreUnavailableException)
            {
                await world.DelayAsync(silo, 20);
            }
        }

        world.Start(CheckpointLoopAsync);
        await PumpAsync();
        _pumped.Open();
    }

    /// <summary>Ends the activation as a hand-over does: what is applied is made durable when that is possible.</summary>
    public async Task DeactivateAsync()
    {
        _stopping = true;
        await _pumped.WaitAsync();
        try
        {
            await CheckpointOnceAsync();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or CallTimedOutException)
        {
            // The next owner reads again from the checkpoint.
        }

        world.Note($"partition {partition} on {silo} is deactivated");
    }

    private async Task ActivateAsync()
    {
        Checkpoint? checkpoint;
        DuplicateFilter duplicates;
        do
        {
            checkpoint = await store.ReadCheckpointAsync(silo, partition);
            duplicates = await RestoreDuplicatesAsync();
        }
        while (broken != Rule.StableStart && checkpoint != await store.ReadCheckpointAsync(silo, partition));

        if (broken == Rule.StreamTime && checkpoint is { } known)
        {
            checkpoint = known with { StreamTimeMicros = UnixMicros.None };
        }

        _activated = new(SimulatedLog.Epoch, partition, checkpoint, duplicates, Oracle.AllowedLateness);
        silo.Advance(Ledger.Applied.StreamTimeMicros);
        world.Note($"partition {partition} starts on {silo} after offset {Ledger.Applied.Position.Offset}");
    }

    private async Task<DuplicateFilter> RestoreDuplicatesAsync()
    {
        var duplicates = new DuplicateFilter(Oracle.DeduplicationHorizon, Oracle.DeduplicationLimit);
        var newest = await store.ReadRecentAsync(silo, partition, long.MinValue, 1);
        if (newest.Count > 0 && broken != Rule.Duplicates)
        {
            var sinceMicros = newest[0].IngestedAtMicros - (long)Oracle.DeduplicationHorizon.TotalMicroseconds;
            foreach (var row in await store.ReadRecentAsync(silo, partition, sinceMicros, Oracle.DeduplicationLimit))
            {
                duplicates.Restore(row.Transaction.TransactionId, row.IngestedAtMicros);
            }
        }

        return duplicates;
    }

    private async Task PumpAsync()
    {
        while (!_stopping)
        {
            if (log.Read(partition, Ledger.Applied.Position.Offset + 1, world.Random.Next(1, 5)) is not { } batch)
            {
                await world.DelayAsync(silo, 15);
                continue;
            }

            await ApplyAsync(batch);
        }
    }

    private async Task ApplyAsync(KafkaBatch<IngestedRecord> batch)
    {
        var work = Ledger.Judge(batch, Ledger.Applied.Position.Offset);
        var deadLetters = PublishAsync(work);
        if (!await SendAsync(work.Entities, work.StreamTimeMicros))
        {
            return;
        }

        if (broken != Rule.DeadLetters)
        {
            await deadLetters;
        }

        Ledger.Apply(work);
        silo.Advance(work.StreamTimeMicros);
    }

    private async Task PublishAsync(BatchWork work)
    {
        if (work.Rejected.Count == 0)
        {
            return;
        }

        await world.DelayAsync(silo, world.Random.Next(1, 60));
        foreach (var (offset, _) in work.Rejected)
        {
            invariants.DeadLetterAcknowledged(partition, offset);
        }
    }

    private async Task<bool> SendAsync(IReadOnlyList<EntityWork> works, long streamTimeMicros)
    {
        var open = works.Where(work => !TryApplyHere(work, streamTimeMicros)).ToList();
        HashSet<EntityKey> behind = [];
        while (open.Count > 0)
        {
            var calls = open.Select(work => cluster.ApplyAsync(
                silo,
                work.Key,
                behind.Contains(work.Key) ? Ledger.BatchSinceCheckpoint(work, streamTimeMicros) : Ledger.BatchFor(work, streamTimeMicros))).ToArray();
            List<EntityWork> refused = [], failed = [];
            for (var i = 0; i < calls.Length; i++)
            {
                try
                {
                    var result = await calls[i];
                    if (result.Silo == silo.Name && cluster.ActiveOn(silo, open[i].Key) is { } local)
                    {
                        _here[open[i].Key] = local;
                    }

                    if (result.Applied)
                    {
                        open[i].Entity.Acknowledged(open[i].LastOffset, result.Silo);
                    }
                    else
                    {
                        refused.Add(open[i]);
                    }
                }
                catch (Exception exception) when (exception is StoreUnavailableException or CallTimedOutException or CallRejectedException)
                {
                    failed.Add(open[i]);
                }
            }

            behind.UnionWith(refused.Select(w => w.Key));
            open = [.. refused, .. failed];
            if (open.Count > 0 && _stopping)
            {
                return false;
            }

            if (failed.Count > 0)
            {
                await world.DelayAsync(silo, 10);
            }
        }

        return true;
    }

    private bool TryApplyHere(EntityWork work, long streamTimeMicros)
    {
        if (_here.TryGetValue(work.Key, out var local) && local.TryApply(Ledger.BatchFor(work, streamTimeMicros)) is { } result)
        {
            work.Entity.Acknowledged(work.LastOffset, result.Silo);
            return true;
        }

        _here.Remove(work.Key);
        return false;
    }

    private async Task CheckpointLoopAsync()
    {
        while (!_stopping)
        {
            await world.DelayAsync(silo, world.Random.Next(30, 90));
            try
            {
                if (!_stopping)
                {
                    await CheckpointOnceAsync();
                }
            }
            catch (Exception exception) when (exception is StoreUnavailableException or CallTimedOutException)
            {
                // Tried again by the next turn.
            }
        }
    }

    private async Task CheckpointOnceAsync()
    {
        await _checkpointing.EnterAsync();
        try
        {
            var through = Ledger.Applied.Position.Offset;
            if (Ledger.HasNews)
            {
                await FlushBuffersAsync();
            }

            while (Ledger.BeginCheckpoint(broken == Rule.FlushedOnly ? long.MaxValue : through) is { } attempt)
            {
                if (broken == Rule.KeepUntilDurable)
                {
                    Ledger.CompleteCheckpoint(attempt);
                }

                if (!await CommitAsync(attempt))
                {
                    world.Note($"partition {partition} on {silo} meets a foreign checkpoint and starts over");
                    _stopping = true;
                    world.Start(RestartAsync);
                    return;
                }

                if (broken != Rule.KeepUntilDurable)
                {
                    Ledger.CompleteCheckpoint(attempt);
                }
            }
        }
        finally
        {
            _checkpointing.Leave();
        }
    }

    private async Task RestartAsync()
    {
        await _pumped.WaitAsync();
        cluster.PartitionEnded(this, partition);
    }

    private async Task FlushBuffersAsync()
    {
        if (broken == Rule.Flush)
        {
            return;
        }

        foreach (var name in Ledger.SilosToFlush())
        {
            try
            {
                await cluster.FlushAsync(silo, name);
            }
            catch (SiloGoneException)
            {
                world.Note($"partition {partition} on {silo}: {name} is gone, its events are sent again");
                if (broken != Rule.Replay)
                {
                    await SendAsync(Ledger.WorkSentTo(name), Ledger.Applied.StreamTimeMicros);
                    throw new CallTimedOutException();
                }
            }
        }
    }

    private async Task<bool> CommitAsync(CheckpointAttempt attempt) =>
        await store.CommitCheckpointAsync(silo, attempt.Expected, attempt.Next, attempt.Rows)
        || await store.ReadCheckpointAsync(silo, partition) == attempt.Next;
}
