using Analytics.Ingest;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Simulation;

/// <summary>
/// One activation of a partition: drives <see cref="DeliveryQueue"/> and <see cref="PartitionLedger"/> as <see cref="PartitionGrain"/> and
/// <see cref="EntitySender"/> do.
/// </summary>
internal sealed class PartitionDriver(
    World world, SimulatedStore store, SimulatedCluster cluster, Invariants invariants, SimulatedSilo silo, int partition, Rule broken)
{
    private const int MaxDeliveryWaitMs = 100;

    private readonly TurnLock _turns = new();
    private readonly TurnLock _checkpointing = new();
    private readonly Gate _arrived = new();
    private readonly Gate _progress = new();
    private readonly Gate _pumped = new();

    // Those that took their last batch on this silo.
    private readonly Dictionary<EntityKey, EntityActivation> _here = [];
    private PartitionLedger? _activated;
    private DeliveryQueue? _deliveries;

    // The checkpoint that was read or committed last.
    private Checkpoint? _durable;

    // What Orleans keeps of the subscription: null until it resumes, and when it resumes without a place.
    private KafkaSequenceToken? _expected;
    private bool _subscribed;
    private bool _stopping;
    private bool _gone;

    public SimulatedSilo Silo => silo;

    public int Partition => partition;

    private PartitionLedger Ledger => _activated!;

    private DeliveryQueue Queue => _deliveries!;

    /// <summary>Begins the activation, before it takes any call; one that cannot begin is gone.</summary>
    public async Task RunAsync()
    {
        await _turns.EnterAsync();
        try
        {
            await ActivateAsync();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or CallRejectedException)
        {
            _stopping = true;
            cluster.PartitionEnded(this);
            return;
        }
        finally
        {
            _turns.Leave();
        }

        world.Start(CheckpointLoopAsync);
        await PumpAsync();
        _pumped.Open();
    }

    /// <summary>Answers when the activation has begun, for a reader that only wants there to be one.</summary>
    public async Task<bool> TouchAsync()
    {
        await _turns.EnterAsync();
        _turns.Leave();
        return !_stopping;
    }

    /// <summary>The place that the subscription has; null before its first delivery.</summary>
    public async Task<KafkaSequenceToken?> GetSequenceTokenAsync()
    {
        await _turns.EnterAsync();
        try
        {
            ThrowIfEnding();
            return _expected;
        }
        finally
        {
            _turns.Leave();
        }
    }

    /// <summary>Takes a batch as Orleans' subscription handle does; it answers where to resume when the reader is elsewhere.</summary>
    public async Task<KafkaSequenceToken?> DeliverAsync(KafkaBatchContainer<IngestedRecord> container, KafkaSequenceToken? lastToken)
    {
        await _turns.EnterAsync();
        try
        {
            ThrowIfEnding();
            if (!_subscribed)
            {
                _subscribed = true;
                _expected = Queue.Through is { } through ? new(SimulatedLog.Epoch, through + 1)
                    : broken == Rule.Beginning ? null : KafkaSequenceToken.BeforeAll(SimulatedLog.Epoch);
            }

            if (_expected is not null && (!_expected.Equals(lastToken) || _expected.Equals(container.Token)))
            {
                return _expected;
            }

            await OnNextAsync(container.Batch);
            _expected = container.Token;
            return null;
        }
        finally
        {
            _turns.Leave();
        }
    }

    /// <summary>
    /// Ends the activation, mostly as a hand-over does: what is applied is made durable when that is possible. In haste it ends in the middle
    /// of whatever it does, as one that takes too long to end.
    /// </summary>
    public async Task DeactivateAsync(bool inHaste)
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _arrived.Pulse();
        _progress.Pulse();
        if (inHaste && _activated is not null)
        {
            // Its last checkpoint may be under way then, and take effect later.
            world.Start(LastCheckpointAsync);
            await world.DelayAsync(silo, world.Random.Next(1, 30));
        }
        else if (!inHaste)
        {
            await _pumped.WaitAsync();
            await LastCheckpointAsync();
        }

        _gone = true;
        world.Note($"partition {partition} on {silo} is deactivated{(inHaste ? " in haste" : "")}, checkpoint {_activated?.Stored?.Position}");
        cluster.PartitionEnded(this);
    }

    private async Task LastCheckpointAsync()
    {
        try
        {
            await CheckpointOnceAsync();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or CallTimedOutException)
        {
            // The next activation resumes from the checkpoint.
        }
    }

    private void ThrowIfEnding()
    {
        if (_stopping)
        {
            throw new CallRejectedException();
        }
    }

    private async Task OnNextAsync(KafkaBatch<IngestedRecord> batch)
    {
        if (Queue.Through is null && await HasFirstCheckpointAsync())
        {
            world.Note($"partition {partition} on {silo}: another owner stored the first checkpoint");
            world.Start(() => DeactivateAsync(inHaste: false));
            throw new CallRejectedException();
        }

        var delivery = Queue.Add(broken == Rule.DeliveryGap ? batch with { ContinuesFromOffset = 0 } : batch);
        if (delivery == Delivery.Gap)
        {
            world.Note($"partition {partition} on {silo}: a batch continues from {batch.ContinuesFromOffset}, expected was {Queue.Through + 1}");
            world.Start(() => DeactivateAsync(inHaste: false));
            throw new CallRejectedException();
        }

        if (delivery == Delivery.Queued)
        {
            _arrived.Pulse();
        }

        var untilMs = world.NowMs + MaxDeliveryWaitMs;
        while (Ledger.Applied.Position.Offset < batch.LastOffset)
        {
            ThrowIfEnding();
            if (world.NowMs >= untilMs)
            {
                throw new CallTimedOutException();
            }

            await _progress.WaitAsync();
        }
    }

    private async Task<bool> HasFirstCheckpointAsync()
    {
        try
        {
            return await store.ReadCheckpointAsync(silo, partition) is not null;
        }
        catch (StoreUnavailableException)
        {
            throw new CallRejectedException();
        }
    }

    private async Task ActivateAsync()
    {
        if (!cluster.Reads(silo, partition))
        {
            throw new CallRejectedException();
        }

        Checkpoint? checkpoint;
        DuplicateFilter duplicates;
        do
        {
            checkpoint = await store.ReadCheckpointAsync(silo, partition);
            duplicates = await RestoreDuplicatesAsync();
        }
        while (broken != Rule.StableStart && checkpoint != await store.ReadCheckpointAsync(silo, partition));

        _durable = checkpoint;
        if (broken == Rule.StreamTime && checkpoint is { } known)
        {
            checkpoint = known with { StreamTimeMicros = UnixMicros.None };
        }

        _activated = new(SimulatedLog.Epoch, partition, checkpoint, duplicates, Oracle.AllowedLateness);
        _deliveries = new(SimulatedLog.Epoch, checkpoint?.Position.Offset);
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
            if (!Queue.TryPeek(out var batch))
            {
                await _arrived.WaitAsync();
            }
            else if (await ApplyAsync(batch))
            {
                Queue.Dequeue();
                _progress.Pulse();
            }
        }
    }

    private async Task<bool> ApplyAsync(KafkaBatch<IngestedRecord> batch)
    {
        var work = Ledger.Judge(batch, broken == Rule.KnownRecords ? -1 : Ledger.Applied.Position.Offset);
        var deadLetters = PublishAsync(work);
        if (!await SendAsync(work.Entities, work.StreamTimeMicros))
        {
            return false;
        }

        if (broken != Rule.DeadLetters)
        {
            await deadLetters;
        }

        Ledger.Apply(work);
        silo.Advance(work.StreamTimeMicros);
        return true;
    }

    private async Task<List<EntityWork>> RelayAsync(List<EntityWork> works, long streamTimeMicros)
    {
        List<EntityWork> left = [];
        List<(string Silo, List<EntityWork> Sent, Task<IReadOnlyList<bool>> Call)> calls = [];
        foreach (var bySilo in works.GroupBy(work => work.Entity.Silo))
        {
            if (bySilo.Key is not { } name || name == silo.Name || !cluster.Reaches(name))
            {
                left.AddRange(bySilo);
                continue;
            }

            List<EntityWork> sent = [.. bySilo];
            calls.Add((name, sent, cluster.RelayAsync(silo, name, [.. sent.Select(work => (work.Key, Ledger.BatchFor(work, streamTimeMicros)))])));
        }

        foreach (var (name, sent, call) in calls)
        {
            try
            {
                var taken = await call;
                for (var i = 0; i < sent.Count; i++)
                {
                    if (taken[i] || broken == Rule.RelayLeft)
                    {
                        sent[i].Entity.Acknowledged(sent[i].LastOffset, name);
                    }
                    else
                    {
                        left.Add(sent[i]);
                    }
                }
            }
            catch (CallTimedOutException)
            {
                left.AddRange(sent);
            }
        }

        return left;
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

    private async Task<bool> SendAsync(IReadOnlyList<EntityWork> works, long streamTimeMicros, bool isAgain = false)
    {
        var open = works.Where(work => !TryApplyHere(work, streamTimeMicros)).ToList();
        if (!isAgain)
        {
            open = await RelayAsync(open, streamTimeMicros);
        }

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
        // A partition that begins, or has forgotten the entity, finds it where another's batches have made it active.
        if ((_here.GetValueOrDefault(work.Key) ?? cluster.KeptOn(silo, work.Key)) is { } local
            && local.TryApply(Ledger.BatchFor(work, streamTimeMicros)) is { } result)
        {
            _here[work.Key] = local;
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

            // A delivery that waits looks at its time then.
            _progress.Pulse();
            if (broken != Rule.DeliverAgain)
            {
                cluster.ReaderOn(silo, partition)?.DeliverFrom((Queue.Through ?? -1) + 1);
            }

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

            while (!_gone && Ledger.BeginCheckpoint(broken == Rule.FlushedOnly ? long.MaxValue : through) is { } attempt)
            {
                if (broken == Rule.KeepUntilDurable)
                {
                    Ledger.CompleteCheckpoint(attempt);
                }

                if (!await CommitAsync(attempt))
                {
                    invariants.OwnerLeft(store, silo, partition, _durable);
                    cluster.Leave(silo, partition);
                    throw new SiloLeftException();
                }

                _durable = attempt.Next;
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
                    await SendAsync(Ledger.WorkSentTo(name), Ledger.Applied.StreamTimeMicros, isAgain: true);
                    throw new CallTimedOutException();
                }
            }
        }
    }

    private async Task<bool> CommitAsync(CheckpointAttempt attempt) =>
        await store.CommitCheckpointAsync(silo, attempt.Expected, attempt.Next, attempt.Rows)
        || await store.ReadCheckpointAsync(silo, partition) == attempt.Next;
}
