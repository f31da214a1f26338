using Analytics.Partitions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>Membership, the directory of activations, the readers of the partitions, and the network between the silos.</summary>
internal sealed class SimulatedCluster(
    World world, SimulatedLog log, SimulatedStore store, Invariants invariants, Rule broken, double faultRate)
{
    private const int CallTimeoutMs = 150;

    private readonly List<SimulatedSilo> _silos = [];
    private readonly Dictionary<EntityKey, EntityActivation> _directory = [];
    private readonly Dictionary<EntityKey, EntityActivation> _stale = [];
    private readonly Dictionary<int, SimulatedReader> _readers = [];
    private readonly Dictionary<int, PartitionDriver> _partitions = [];

    // Those of silos that were given up: only such a silo itself still finds them.
    private readonly List<PartitionDriver> _zombies = [];

    public IReadOnlyCollection<EntityActivation> Activations => _directory.Values;

    public void Join()
    {
        var silo = new SimulatedSilo(world, store, invariants, broken, _silos.Count + 1);
        _silos.Add(silo);
        world.Note($"{silo} joins");
    }

    /// <summary>A silo begins to read a partition; the partition's grain is placed there from now on.</summary>
    public void StartReader(int partition)
    {
        var reader = new SimulatedReader(world, log, store, this, Place(), partition, broken);
        _readers[partition] = reader;
        world.Soon(reader.Silo, 10, () => world.Start(reader.RunAsync));
        if (broken != Rule.Keeper)
        {
            world.Start(reader.KeepAsync);
        }
    }

    /// <summary>Has a partition read elsewhere, or by two silos for a while. Its activation stays until it finds itself abandoned.</summary>
    public void MovePartition(int partition, bool overlapping)
    {
        var former = _readers[partition];
        StartReader(partition);
        world.Note($"partition {partition} moves from {former.Silo} to {_readers[partition].Silo}{(overlapping ? ", read by both for a while" : "")}");
        if (overlapping)
        {
            world.Soon(former.Silo, 100, former.End);
        }
        else
        {
            former.End();
        }

        world.Soon(former.Silo, 200, () =>
        {
            if (_partitions.TryGetValue(partition, out var activation) && activation.Silo == former.Silo && !Reads(former.Silo, partition))
            {
                world.Start(() => activation.DeactivateAsync(inHaste: false));
            }
        });
    }

    /// <summary>Ends the activation of a partition; its reader stays, and somebody may ask for the next one at once.</summary>
    public void EndPartition(int partition, bool inHaste)
    {
        if (_partitions.TryGetValue(partition, out var activation))
        {
            world.After(0, activation.Silo, () => world.Start(() => activation.DeactivateAsync(inHaste)));
            if (broken != Rule.Keeper && world.Random.Next(2) == 0)
            {
                var reader = _readers[partition];
                world.Soon(reader.Silo, 5, () => world.Start(reader.TouchAsync));
            }
        }
    }

    /// <summary>An activation is no more: the next call makes another one.</summary>
    public void PartitionEnded(PartitionDriver activation)
    {
        _zombies.Remove(activation);
        if (_partitions.TryGetValue(activation.Partition, out var current) && current == activation)
        {
            _partitions.Remove(activation.Partition);
        }
    }

    /// <summary>Whether the silo reads the partition, as far as it knows itself.</summary>
    public bool Reads(SimulatedSilo silo, int partition) =>
        silo.DeclaredDead || (_readers[partition].Silo == silo && _readers[partition].IsReading);

    /// <summary>The reader of a partition, when it is on that silo.</summary>
    public SimulatedReader? ReaderOn(SimulatedSilo silo, int partition) =>
        _readers[partition] is { IsReading: true } reader && reader.Silo == silo ? reader : null;

    /// <summary>Calls the activation of a partition, a new one where the partition is read if there is none.</summary>
    public Task<T> CallPartitionAsync<T>(SimulatedSilo from, int partition, Func<PartitionDriver, Task<T>> call)
    {
        var answer = new TaskCompletionSource<T>();
        var activation = LocatePartition(from, partition);
        if (activation.Silo == from)
        {
            world.After(0, from, world.Chance(faultRate)
                ? () => answer.SetException(new CallRejectedException())
                : () => world.Start(() => CallAsync(activation)));
            return answer.Task;
        }

        world.After(CallTimeoutMs, from, () => answer.TrySetException(new CallTimedOutException()));
        var copies = world.Chance(faultRate) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            if (!world.Chance(faultRate))
            {
                world.Soon(activation.Silo, Latency(), () => world.Start(() => CallAsync(activation)));
            }
        }

        return answer.Task;

        async Task CallAsync(PartitionDriver callee)
        {
            try
            {
                var result = await call(callee);
                Answer(() => answer.TrySetResult(result));
            }
            catch (Exception exception) when (exception is not SiloLeftException)
            {
                Answer(() => answer.TrySetException(exception));
            }
        }

        void Answer(Action give)
        {
            if (world.Chance(faultRate))
            {
                world.Soon(from, 20, () => answer.TrySetException(new CallTimedOutException()));
            }
            else if (activation.Silo == from)
            {
                give();
            }
            else
            {
                world.Soon(from, Latency(), give);
            }
        }
    }

    /// <summary>The silo has met a checkpoint that it does not know: it stops.</summary>
    public void Leave(SimulatedSilo silo, int partition)
    {
        world.Note($"partition {partition} on {silo} meets a foreign checkpoint and {silo} leaves");
        silo.Crashed = true;
        world.Soon(null, 150, () => GiveUp(silo));
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
        silo.FrozenUntilMs = Math.Max(silo.FrozenUntilMs, world.NowMs + durationMs);
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

    /// <summary>What the silo itself knows of: also what the directory has forgotten, and what a silo that was given up still holds.</summary>
    public EntityActivation? KeptOn(SimulatedSilo silo, EntityKey key) =>
        ActiveOn(silo, key) ?? (_stale.TryGetValue(key, out var stale) && stale.Silo == silo ? stale : null);

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

    /// <summary>Whether the cluster has not given the silo up.</summary>
    public bool Reaches(string name) => !_silos.Single(s => s.Name == name).DeclaredDead;

    /// <summary>One call for all entities of a silo, which may have been given up when it comes, and come twice; which batches it has taken.</summary>
    public Task<IReadOnlyList<bool>> RelayAsync(SimulatedSilo from, string name, IReadOnlyList<(EntityKey Key, EntityBatch Batch)> batches)
    {
        var silo = _silos.Single(s => s.Name == name);
        var call = new TaskCompletionSource<IReadOnlyList<bool>>();
        world.After(CallTimeoutMs, from, () => call.TrySetException(new CallTimedOutException()));
        var copies = world.Chance(faultRate) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            if (!world.Chance(faultRate))
            {
                world.Soon(silo, Latency(), () =>
                {
                    bool[] taken = [.. batches.Select(item => KeptOn(silo, item.Key)?.TryApply(item.Batch) is not null)];
                    if (!world.Chance(faultRate))
                    {
                        world.Soon(from, Latency(), () => call.TrySetResult(taken));
                    }
                });
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

        foreach (var activation in _partitions.Values.Where(a => a.Silo == dead).ToList())
        {
            PartitionEnded(activation);
            _zombies.Add(activation);
        }

        foreach (var (partition, reader) in _readers.ToList())
        {
            if (reader.Silo == dead)
            {
                StartReader(partition);
            }
        }
    }

    private PartitionDriver LocatePartition(SimulatedSilo from, int partition)
    {
        if (from.DeclaredDead && _zombies.Find(z => z.Silo == from && z.Partition == partition) is { } zombie)
        {
            return zombie;
        }

        if (!_partitions.TryGetValue(partition, out var activation))
        {
            activation = new(world, store, this, invariants, _readers[partition].Silo, partition, broken);
            _partitions.Add(partition, activation);
            world.After(0, activation.Silo, () => world.Start(activation.RunAsync));
        }

        return activation;
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
