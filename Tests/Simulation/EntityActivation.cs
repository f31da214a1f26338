using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>Drives <see cref="EntityWindows"/> as <see cref="Entities.WindowedEntityGrain"/> and <see cref="Persistence.EntityLoader"/> do.</summary>
internal sealed class EntityActivation(World world, SimulatedStore store, SimulatedSilo silo, EntityKey key, Rule broken)
{
    private const int EvictionThreshold = 2;

    private readonly TurnLock _turns = new();
    private EntityWindows? _windows;
    private Gate? _loading;
    private long _lastWrite;
    private bool _gone;

    public EntityKey Key => key;

    public SimulatedSilo Silo => silo;

    public EntityWindows? Windows => _windows;

    public async Task<ApplyResult> ApplyAsync(EntityBatch batch)
    {
        await _turns.EnterAsync();
        try
        {
            if (_gone)
            {
                throw new CallRejectedException();
            }

            silo.Advance(batch.StreamTimeMicros);
            var windows = _windows is { } current && (current.HasReceived || broken == Rule.Reload) ? current : await ReloadedAsync();
            if (!windows.IsContinuedBy(batch) && broken != Rule.GapCheck)
            {
                GiveUpWindows();
                world.Note($"{key.Id} on {silo} is behind {batch.PreviousOffset} and refuses {batch.Last}");
                return new(false, silo.Name, 0);
            }

            if (windows.CollectUnknown(batch) is { } unknown)
            {
                windows.AddStored(await LookUpAsync(unknown));
            }

            return Apply(windows, batch);
        }
        finally
        {
            _turns.Leave();
        }
    }

    /// <summary>What a partition of the same silo does without a call. Null when only a call can.</summary>
    public ApplyResult? TryApply(EntityBatch batch)
    {
        var mayApply = broken == Rule.EndingRefuses || (_turns.IsFree && !_gone);
        return mayApply && _windows is { HasReceived: true } windows
            && (windows.IsContinuedBy(batch) || broken == Rule.GapCheck) && windows.CollectUnknown(batch) is null
            ? Apply(windows, batch)
            : null;
    }

    public async Task ReadAsync()
    {
        try
        {
            await LoadedAsync();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or CallRejectedException)
        {
            // The reader is told.
        }
    }

    /// <summary>Ends the activation; the caller takes it out of the directory afterwards.</summary>
    public async Task DeactivateAsync()
    {
        await _turns.EnterAsync();
        if (_lastWrite > silo.Buffer.Buckets.CommittedSequence && broken != Rule.DurableDeactivation)
        {
            await silo.Buffer.FlushAsync();
        }

        world.Note($"{key.Id} on {silo} is deactivated");
        _gone = true;
        GiveUpWindows();
        _turns.Leave();
    }

    private ApplyResult Apply(EntityWindows windows, EntityBatch batch)
    {
        var saturated = windows.Apply(batch, silo.Buffer);
        _lastWrite = silo.Buffer.Buckets.Sequence;
        world.Note($"{key.Id} on {silo} applies {string.Join(' ', batch.Events.ToArray().Select(e => e.Offset))} of partition {batch.Last.Partition}");
        if (windows.BucketCount > EvictionThreshold)
        {
            windows.Evict(silo.KeepFromMinute, silo.Buffer.Buckets.CommittedSequence);
        }

        return new(true, silo.Name, saturated);
    }

    private async Task<EntityWindows> ReloadedAsync()
    {
        if (_loading is { } byReader)
        {
            await byReader.WaitAsync();
        }

        GiveUpWindows();
        return await LoadedAsync();
    }

    private void GiveUpWindows()
    {
        _windows?.Free();
        _windows = null;
    }

    private async Task<EntityWindows> LoadedAsync()
    {
        while (_windows is null)
        {
            await (_loading?.WaitAsync() ?? LoadAsync());
        }

        return _windows;
    }

    private async Task LoadAsync()
    {
        var loading = _loading = new();
        try
        {
            var fromMinute = silo.KeepFromMinute;
            var pending = broken == Rule.PendingWins ? [] : silo.Buffer.Buckets.PendingOf(key.Kind, new HashSet<string> { key.Id });
            var stored = await store.LoadEntityAsync(silo, key.Kind, key.Id, fromMinute);
            if (broken == Rule.BucketPositions)
            {
                stored = [.. stored.Select(r => r with { Sources = [] })];
            }

            var windows = new EntityWindows(key.Kind, silo.Memory);
            if (_gone)
            {
                // A reader that came before the end is sent to the next activation.
                throw new CallRejectedException();
            }

            windows.Reset([.. pending, .. stored], fromMinute);
            _windows = windows;
            world.Note($"{key.Id} on {silo} is loaded: {pending.Count} pending and {stored.Count} stored buckets");
        }
        finally
        {
            _loading = null;
            loading.Open();
        }
    }

    private async Task<List<BucketRow>> LookUpAsync(IReadOnlyCollection<BucketKey> keys)
    {
        List<BucketRow> pending = [];
        List<BucketKey> wanted = [];
        foreach (var wantedKey in keys)
        {
            if (broken != Rule.PendingWins && silo.Buffer.Buckets.TryGetPending(key.Kind, wantedKey, out var row))
            {
                pending.Add(row);
            }
            else
            {
                wanted.Add(wantedKey);
            }
        }

        return wanted.Count == 0 ? pending : [.. pending, .. await store.LoadBucketsAsync(silo, key.Kind, wanted)];
    }
}
