using Analytics.Ingest;
using Analytics.Partitions;
using Analytics.Storage;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using Orleans.Streams;

namespace Analytics.Tests.Simulation;

/// <summary>
/// Reads a partition on one silo and delivers it to whatever activation the partition has. The cache and its cursors are the real ones;
/// around them it does what <see cref="KafkaReceiver{T}"/> and Orleans' pulling agent do, for a subscription that is implicit.
/// </summary>
internal sealed class SimulatedReader : IBatchSource
{
    private const int MaxCachedBatches = 2;
    private const int KeepMs = 200;

    private readonly World _world;
    private readonly SimulatedLog _log;
    private readonly SimulatedStore _store;
    private readonly SimulatedCluster _cluster;
    private readonly Rule _broken;
    private readonly int _partition;
    private readonly StreamId _stream;
    private readonly KafkaQueueCache<IngestedRecord> _cache;
    private KafkaCacheCursor<IngestedRecord>? _cursor;
    private IBatchContainer? _pending;

    // Where the subscription was last; its activation compares. A start lies before a record, a delivered batch behind its last one.
    private KafkaSequenceToken? _lastToken;
    private long? _redelivery;
    private bool _started;
    private bool _ended;

    public SimulatedReader(
        World world, SimulatedLog log, SimulatedStore store, SimulatedCluster cluster, SimulatedSilo silo, int partition, Rule broken)
    {
        (_world, _log, _store, _cluster, Silo, _partition, _broken) = (world, log, store, cluster, silo, partition, broken);
        _stream = StreamId.Create("transactions", $"{partition}");
        _cache = new(this, MaxCachedBatches);
    }

    public SimulatedSilo Silo { get; }

    /// <summary>Only then may an activation of the partition begin on this silo.</summary>
    public bool IsReading => _started && !_ended;

    public long Epoch => SimulatedLog.Epoch;

    public long NextOffset { get; private set; }

    public long StartOffset { get; private set; }

    public long DeliveredBefore { private get; set; }

    public void Seek(long offset) => NextOffset = offset;

    /// <summary>The partition is read elsewhere from now on. A delivery under way goes on.</summary>
    public void End() => _ended = true;

    /// <summary>As <see cref="PartitionBuffer{T}.RequestRedelivery"/>: decided at once, and done with the next read.</summary>
    public void DeliverFrom(long offset)
    {
        if (offset < DeliveredBefore)
        {
            _redelivery = Math.Min(offset, _redelivery ?? offset);
            _log.Wake(_partition);
        }
    }

    /// <summary>As <see cref="PartitionKeeper"/>: there is an activation wherever the partition is read.</summary>
    public async Task KeepAsync()
    {
        while (!_ended)
        {
            await _world.DelayAsync(Silo, KeepMs);
            await TouchAsync();
        }
    }

    /// <summary>Asks the activation of the partition for anything at all.</summary>
    public async Task TouchAsync()
    {
        if (IsReading)
        {
            try
            {
                await _cluster.CallPartitionAsync(Silo, _partition, activation => activation.TouchAsync());
            }
            catch (Exception exception) when (exception is CallTimedOutException or CallRejectedException)
            {
                // The keeper tries again soon.
            }
        }
    }

    public async Task RunAsync()
    {
        await StartAsync();
        while (!_ended)
        {
            if (_redelivery is { } offset)
            {
                _redelivery = null;
                _cache.DeliverFrom(offset);
            }

            _cache.TryPurgeFromCache(out _);
            var first = _cache.HasRoom && _world.Random.Next(3) > 0 ? ReadOne() : null;
            if (_cursor is null)
            {
                if (first is not null)
                {
                    await RegisterAsync(first);
                    continue;
                }
            }
            else if (TakeNext() is { } batch)
            {
                await DeliverAsync(batch);
                continue;
            }

            if (_log.End(_partition) <= NextOffset)
            {
                await _log.WhenAppended(_partition);
                await _world.DelayAsync(Silo, _world.Random.Next(1, 10));
            }
        }

        _world.Note($"partition {_partition} is no longer read on {Silo}");
    }

    private async Task StartAsync()
    {
        while (true)
        {
            try
            {
                StartOffset = await _store.ReadCheckpointAsync(Silo, _partition) is { } checkpoint ? checkpoint.Position.Offset + 1 : 0;
                break;
            }
            catch (StoreUnavailableException)
            {
                await _world.DelayAsync(Silo, 20);
            }
        }

        NextOffset = StartOffset;
        _started = true;
        _world.Note($"partition {_partition} is read on {Silo} from offset {StartOffset}");
    }

    private KafkaBatchContainer<IngestedRecord>? ReadOne()
    {
        if (_log.Read(_partition, NextOffset, _world.Random.Next(1, 5)) is not { } batch)
        {
            return null;
        }

        var container = new KafkaBatchContainer<IngestedRecord>(_stream, batch);
        NextOffset = batch.LastOffset + 1;
        _cache.AddToCache([container]);
        return container;
    }

    // With its first batch: the subscriber is asked for its place, and the batch is held meanwhile.
    private async Task RegisterAsync(KafkaBatchContainer<IngestedRecord> first)
    {
        using var pin = CursorAt(first.SequenceToken);
        while (!_ended)
        {
            try
            {
                _lastToken = await _cluster.CallPartitionAsync(Silo, _partition, activation => activation.GetSequenceTokenAsync());
                break;
            }
            catch (Exception exception) when (exception is CallTimedOutException or CallRejectedException)
            {
                if (_world.Chance(0.3))
                {
                    _world.Note($"partition {_partition} on {Silo}: the subscriber does not say its place");
                    break;
                }

                await _world.DelayAsync(Silo, _world.Random.Next(5, 15));
            }
        }

        if (_lastToken is { } place)
        {
            Resume(place);
        }
        else
        {
            _cursor = CursorAt(first.SequenceToken);
        }
    }

    private KafkaCacheCursor<IngestedRecord> CursorAt(StreamSequenceToken place) =>
        (KafkaCacheCursor<IngestedRecord>)_cache.GetCacheCursor(_stream, place);

    // What is older than the subscriber's place or equal to it counts as processed.
    private void Resume(KafkaSequenceToken place)
    {
        var cursor = CursorAt(place);
        _pending = null;
        while (cursor.MoveNext())
        {
            var current = cursor.GetCurrent(out _)!;
            var order = current.SequenceToken.CompareTo(place);
            if (order >= 0)
            {
                _pending = order > 0 ? current : null;
                break;
            }
        }

        _cursor?.Dispose();
        _cursor = cursor;
    }

    private KafkaBatchContainer<IngestedRecord>? TakeNext()
    {
        var next = _pending;
        _pending = null;
        return (KafkaBatchContainer<IngestedRecord>?)(next ?? (_cursor!.MoveNext() ? _cursor.GetCurrent(out _) : null));
    }

    private async Task DeliverAsync(KafkaBatchContainer<IngestedRecord> container)
    {
        while (!_ended)
        {
            try
            {
                var lastToken = _lastToken;
                var place = await _cluster.CallPartitionAsync(Silo, _partition, activation => activation.DeliverAsync(container, lastToken));
                _lastToken = place ?? container.Token;
                if (place is not null)
                {
                    _world.Note($"partition {_partition} on {Silo}: the subscriber wants to resume from {place}");
                    Resume(place);
                }

                return;
            }
            catch (Exception exception) when (exception is CallTimedOutException or CallRejectedException)
            {
                if (_world.Chance(0.3))
                {
                    GiveUp(container.Batch);
                    return;
                }

                await _world.DelayAsync(Silo, _world.Random.Next(5, 15));
            }
        }
    }

    // A provider that passes over what it gave up, although the cursor would show it again: the subscriber has to notice. It cannot before
    // it has a place of its own, which is why the cursor must.
    private void GiveUp(KafkaBatch<IngestedRecord> batch)
    {
        if (_broken == Rule.Redelivery || (_lastToken is { EventIndex: 1 } && _world.Chance(0.5)))
        {
            _world.Note($"partition {_partition} on {Silo}: {batch.ContinuesFromOffset} to {batch.LastOffset} is given up and passed over");
            return;
        }

        _cursor!.RecordDeliveryFailure();
    }
}
