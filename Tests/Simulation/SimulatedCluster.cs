using Analytics.Partitions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>Membership, the directory of activations, the owners of the partitions, and the network between the silos.</summary>
internal sealed class SimulatedCluster(
    World world, SimulatedLog log, SimulatedStore store, Invariants invariants, Rule broken, double faultRate)
{
    private const int CallTimeoutMs = 150;

    private readonly List<SimulatedSilo> _silos = [];
    private readonly Dictionary<EntityKey, EntityActivation> _directory = [];
    private readonly Dictionary<EntityKey, EntityActivation> _stale = [];
    private readonly Dictionary<int, PartitionDriver> _owners = [];

    public IReadOnlyCollection<EntityActivation> Activations => _directory.Values;

    public void Join()
    {
        var silo = new SimulatedSilo(world, store, invariants, broken, _silos.Count + 1);
        _silos.Add(silo);
        world.Note($"{silo} joins");
    }

    public void StartPartition(int partition)
    {
        var silo = Place();
        var driver = new PartitionDriver(world, log, store, this, invariants, silo, partition, broken);
        _owners[partition] = driver;
        world.Soon(silo, 10, () => world.Start(driver.RunAsync));
    }

    /// <summary>An owner ended by itself: the partition starts again unless it has another owner already.</summary>
    public void PartitionEnded(PartitionDriver driver, int partition)
    {
        if (_owners[partition] == driver)
        {
            StartPartition(partition);
        }
    }

    /// <summary>Hands a partition over, or lets a second owner begin beside the first.</summary>
    public void MovePartition(int partition, bool overlapping)
    {
        var owner = _owners[partition];
        if (overlapping)
        {
            world.Note($"partition {partition} gets a second owner beside {owner.Silo}");
            StartPartition(partition);
            return;
        }

        world.Note($"partition {partition} leaves {owner.Silo}");
        world.After(0, owner.Silo, () => world.Start(async () =>
        {
            await owner.DeactivateAsync();
            PartitionEnded(owner, partition);
        }));
    }

    public void Crash()
    {
        var silo = Place();
        world.Note($"{silo} crashes");
        silo.Crashed = true;
        world.Soon(null, 150, () => GiveUp(silo));
    }

    /// <summary>Freezes a silo; when that lasts, the cluster gives it up and it wakes as a zombie.</summary>
    public void Freeze(int durationMs)
    {
        var silo = Place();
        world.Note($"{silo} freezes for {durationMs} ms");
        silo.FrozenUntilMs = world.NowMs + durationMs;
        if (durationMs > CallTimeoutMs)
        {
            world.Soon(null, durationMs, () => GiveUp(silo));
        }
    }

    public void Deactivate()
    {
        if (Pick() is not { } activation)
        {
            return;
        }

        world.After(0, activation.Silo, () => world.Start(async () =>
        {
            await activation.DeactivateAsync();
            Remove(activation);
        }));
    }

    public void Read()
    {
        if (Pick() is { } activation)
        {
            world.After(0, activation.Silo, () => world.Start(activation.ReadAsync));
        }
    }

    /// <summary>A reader activates an entity that no batch has reached yet.</summary>
    public void ReadAny(EntityKey key)
    {
        var activation = Locate(key);
        world.After(0, activation.Silo, () => world.Start(activation.ReadAsync));
    }

    /// <summary>The directory loses an entry whose activation lives on.</summary>
    public void Forget()
    {
        if (broken == Rule.SingleActivation && Pick() is { } activation)
        {
            world.Note($"the directory forgets {activation.Key.Id} on {activation.Silo}");
            Remove(activation);
            _stale[activation.Key] = activation;
        }
    }

    /// <summary>The entity's activation, when it is on that silo.</summary>
    public EntityActivation? ActiveOn(SimulatedSilo silo, EntityKey key) =>
        _directory.TryGetValue(key, out var activation) && activation.Silo == silo ? activation : null;

    public Task<ApplyResult> ApplyAsync(SimulatedSilo from, EntityKey key, EntityBatch batch)
    {
        var call = new TaskCompletionSource<ApplyResult>();
        world.After(CallTimeoutMs, from, () => call.TrySetException(new CallTimedOutException()));
        var copies = world.Chance(faultRate) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            if (!world.Chance(faultRate))
            {
                world.Soon(null, Latency(), () => Deliver(from, key, batch, call));
            }
        }

        return call.Task;
    }

    public Task FlushAsync(SimulatedSilo from, string name)
    {
        var silo = _silos.Single(s => s.Name == name);
        if (silo == from)
        {
            return silo.Buffer.FlushAsync();
        }

        var call = new TaskCompletionSource();
        world.After(CallTimeoutMs, from, () => call.TrySetException(new CallTimedOutException()));
        if (silo.DeclaredDead)
        {
            world.Soon(from, 5, () => call.TrySetException(new SiloGoneException()));
        }
        else if (!world.Chance(faultRate))
        {
            world.Soon(silo, Latency(), () => world.Start(async () =>
            {
                await silo.Buffer.FlushAsync();
                world.Soon(from, Latency(), () => call.TrySetResult());
            }));
        }

        return call.Task;
    }

    private void Deliver(SimulatedSilo from, EntityKey key, EntityBatch batch, TaskCompletionSource<ApplyResult> call)
    {
        var activation = Locate(key);
        if (_stale.TryGetValue(key, out var stale) && world.Random.Next(3) == 0)
        {
            activation = stale;
        }

        world.After(0, activation.Silo, () => world.Start(async () =>
        {
            try
            {
                var result = await activation.ApplyAsync(batch);
                Answer(() => call.TrySetResult(result));
            }
            catch (Exception exception) when (exception is not SiloLeftException)
            {
                Answer(() => call.TrySetException(exception));
            }
        }));

        void Answer(Action answer)
        {
            if (!world.Chance(faultRate))
            {
                world.Soon(from, Latency(), answer);
            }
        }
    }

    private void GiveUp(SimulatedSilo silo)
    {
        if (silo.DeclaredDead)
        {
            return;
        }

        silo.DeclaredDead = true;
        world.Note($"{silo} is given up");
        world.Start(async () =>
        {
            if (broken != Rule.FenceBeforeLoad)
            {
                await store.FenceAsync(silo);
            }

            Replace(silo);
            if (broken == Rule.FenceBeforeLoad)
            {
                await world.DelayAsync(null, 100);
                await store.FenceAsync(silo);
            }
        });
    }

    private void Replace(SimulatedSilo dead)
    {
        Join();
        foreach (var activation in _directory.Values.Where(a => a.Silo == dead).ToList())
        {
            // The directory caches of some silos go on naming it for a while.
            Remove(activation);
            _stale[activation.Key] = activation;
            world.Soon(null, 300, () => _stale.Remove(activation.Key));
        }

        foreach (var (partition, owner) in _owners.ToList())
        {
            if (owner.Silo == dead)
            {
                StartPartition(partition);
            }
        }
    }

    // A silo that died and is not fenced yet is still in the directory: calls to it have no answer.
    private EntityActivation Locate(EntityKey key)
    {
        if (!_directory.TryGetValue(key, out var activation))
        {
            activation = new(world, store, Place(), key, broken);
            _directory.Add(key, activation);
        }

        return activation;
    }

    private SimulatedSilo Place()
    {
        var members = _silos.Where(s => !s.DeclaredDead).ToList();
        if (members.Count == 0)
        {
            Join();
            members.Add(_silos[^1]);
        }

        return members[world.Random.Next(members.Count)];
    }

    private EntityActivation? Pick() =>
        _directory.Count == 0 ? null : _directory.Values.ElementAt(world.Random.Next(_directory.Count));

    private void Remove(EntityActivation activation)
    {
        if (_directory.TryGetValue(activation.Key, out var current) && current == activation)
        {
            _directory.Remove(activation.Key);
        }
    }

    // Mostly quick, sometimes so slow that the caller has given up.
    private int Latency() => world.Chance(faultRate) ? 300 : 6;
}
