using Analytics.Partitions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>One schedule: a small log, a few silos and the faults that a seed draws; then calm, until everything is durable.</summary>
internal sealed class SimulatedRun
{
    private const int FaultyMs = 900;

    private readonly World _world;
    private readonly SimulatedLog _log;
    private readonly SimulatedStore _store;
    private readonly SimulatedCluster _cluster;
    private readonly Invariants _invariants;

    private SimulatedRun(int seed, Rule broken, bool tracing)
    {
        _world = new(seed, tracing);
        var random = _world.Random;
        _log = new(random, partitions: 2, recordsPerPartition: random.Next(8, 24));
        _invariants = new(_world, _log, new(_log));

        // Some schedules have only crashes, some only a bad network: a fault often hides another.
        var faultRate = random.Next(3) switch { 0 => 0, 1 => 0.03, _ => 0.15 };
        _store = new(_world, _invariants, broken, faultRate);
        _cluster = new(_world, _log, _store, _invariants, broken, faultRate);
    }

    /// <summary>Runs the schedule of a seed.</summary>
    /// <returns>The world after it, with the violation if there was one.</returns>
    public static World Run(int seed, Rule broken = Rule.None, bool tracing = false)
    {
        // A context would run continuations later and elsewhere than inside the step that completes them.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var run = new SimulatedRun(seed, broken, tracing);
            run.Run();
            return run._world;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Run()
    {
        for (var i = _world.Random.Next(1, 4); i > 0; i--)
        {
            _cluster.Join();
        }

        for (var partition = 0; partition < _log.Partitions; partition++)
        {
            _cluster.StartReader(partition);
        }

        Produce();
        for (var i = _world.Random.Next(9); i > 0; i--)
        {
            _world.Soon(null, FaultyMs, Fault);
        }

        _world.After(FaultyMs, null, () =>
        {
            _world.IsFaulty = false;
            _world.Note("no more faults");
        });
        _world.Run(IsAtRest);
        if (_world.Violation is null)
        {
            _invariants.AtRest(_store, _cluster.Activations);
        }
    }

    private void Produce()
    {
        for (var partition = 0; partition < _log.Partitions; partition++)
        {
            var target = partition;
            for (var left = _log.All(partition).Length; left > 0;)
            {
                var count = Math.Min(left, _world.Random.Next(1, 6));
                left -= count;
                _world.Soon(null, FaultyMs, () => _log.Append(target, count));
            }
        }
    }

    private void Fault()
    {
        var random = _world.Random;
        switch (random.Next(12))
        {
            case 0 or 1:
                _cluster.Crash();
                break;
            case 2:
                _cluster.Freeze(random.Next(10, 500));
                break;
            case 3:
                _store.DownUntilMs = _world.NowMs + random.Next(10, 300);
                _world.Note($"the store is down until {_store.DownUntilMs} ms");
                break;
            case 4 or 5:
                _cluster.Deactivate();
                break;
            case 6:
                _cluster.Read();
                break;
            case 7:
                _cluster.ReadAny(random.Next(2) == 0 ? new EntityKey(EntityKind.Merchant, $"m{random.Next(2)}") : new(EntityKind.Account, $"a{random.Next(2)}.0"));
                break;
            case 8:
                _cluster.Forget();
                break;
            case 9 or 10:
                _cluster.EndPartition(random.Next(_log.Partitions), inHaste: random.Next(3) > 0);
                break;
            default:
                Move(random.Next(_log.Partitions));
                break;
        }
    }

    // Those that move are often those that end at the wrong moment.
    private void Move(int partition)
    {
        if (_world.Random.Next(2) == 0)
        {
            _cluster.EndPartition(partition, inHaste: true);
        }

        _world.Soon(null, 80, () => _cluster.MovePartition(partition, overlapping: _world.Random.Next(3) == 0));
    }

    private bool IsAtRest()
    {
        if (_world.IsFaulty || !_log.IsComplete)
        {
            return false;
        }

        for (var partition = 0; partition < _log.Partitions; partition++)
        {
            if (_store.CheckpointOf(partition)?.Position.Offset != _log.LastOffset(partition))
            {
                return false;
            }
        }

        return true;
    }
}
