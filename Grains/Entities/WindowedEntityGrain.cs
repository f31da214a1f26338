using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Runtime;

namespace Analytics.Entities;

/// <summary>Drives the <see cref="EntityWindows"/> of one account or merchant: loads them, applies batches, answers readers.</summary>
/// <remarks>
/// State is loaded by the first call and not on activation, so that a store that is away reaches the caller as what it is. Batches come one
/// at a time; readers interleave, and see the state between two batches because a batch is applied without awaiting.
/// </remarks>
internal abstract class WindowedEntityGrain(EntityKind kind, EntityServices services) : Grain, IWindowedEntityGrain
{
    // Beyond this many buckets a batch also forgets old ones; below it the memory is not worth the look.
    private const int EvictionThreshold = 64;

    private EntityWindows? _windows;
    private Task? _loading;
    private long _lastWrite;
    private bool _isKept;
    private TaskScheduler? _scheduler;

    /// <summary>Sequence of the last write; read by any thread.</summary>
    public long LastWrite => Volatile.Read(ref _lastWrite);

    public ValueTask<ApplyResult> ApplyAsync(EntityBatch batch)
    {
        services.Clock.Advance(batch.StreamTimeMicros);

        // Nearly every batch continues one that this activation has applied, and touches buckets that are in memory.
        return _windows is { HasReceived: true } windows && windows.IsContinuedBy(batch) && windows.CollectUnknown(batch) is null
            ? new(Apply(windows, batch))
            : new(LoadAndApplyAsync(batch));
    }

    private async Task<ApplyResult> LoadAndApplyAsync(EntityBatch batch)
    {
        var windows = _windows is { HasReceived: true } current ? current : await ReloadedAsync();
        if (!windows.IsContinuedBy(batch))
        {
            _windows = null;
            return new(false, services.Silo, 0);
        }

        if (windows.CollectUnknown(batch) is { } unknown)
        {
            windows.AddStored(await services.Loader.LoadBucketsAsync(kind, unknown));
        }

        return Apply(windows, batch);
    }

    private ApplyResult Apply(EntityWindows windows, EntityBatch batch)
    {
        var saturated = windows.Apply(batch, services.Buffer);
        _lastWrite = Math.Max(_lastWrite, windows.LastWriteSequence);
        if (!_isKept)
        {
            Keep();
        }

        if (windows.BucketCount > EvictionThreshold)
        {
            windows.Evict(services.KeepFromMinute, services.Buffer.CommittedSequence);
        }

        return new(true, services.Silo, saturated);
    }

    public async Task<EntityMetrics?> GetMetricsAsync(DateTimeOffset? asOf)
    {
        var windows = await LoadedAsync();
        if (windows.IsEmpty)
        {
            // Asking for an id that nobody has must not fill the memory.
            DeactivateOnIdle();
            return null;
        }

        var instant = asOf ?? services.Clock.AsOf();
        var minute = UnixMicros.MinuteOf(UnixMicros.From(instant));
        if (asOf is not null && minute - LiveWindows.Day + 1 < windows.CompleteFromMinute)
        {
            throw new AsOfTooOldException(
                UnixMicros.ToDateTimeOffset((windows.CompleteFromMinute + LiveWindows.Day - 1) * UnixMicros.PerMinute));
        }

        return new(this.GetPrimaryKeyString(), instant, services.Clock.Lag(), windows.Read(minute), windows.LastTransaction);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        services.Undurable.Remove(this);

        // The next activation reads the store, and may do so on another silo. A silo that lost its lease makes nothing durable any more.
        if (_lastWrite > services.Buffer.CommittedSequence && !services.Lease.IsLost)
        {
            await services.Buffer.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Lets an idle activation be collected again, if its last write is durable; from any thread.</summary>
    public void QueueRelease() =>
        _ = Task.Factory.StartNew(Release, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler!);

    private void Keep()
    {
        _isKept = true;
        _scheduler = TaskScheduler.Current;
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        services.Undurable.Add(this, _lastWrite);
    }

    private void Release()
    {
        if (_isKept && _lastWrite <= services.Buffer.CommittedSequence)
        {
            _isKept = false;
            services.Undurable.Remove(this);
            DelayDeactivation(TimeSpan.Zero);
        }
    }

    // What a reader loaded may be older than the checkpoint that the first batch relies on, so the first batch loads again.
    private async Task<EntityWindows> ReloadedAsync()
    {
        if (_loading is { } byReader)
        {
            await byReader.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        _windows = null;
        return await LoadedAsync(forWriting: true);
    }

    private async Task<EntityWindows> LoadedAsync(bool forWriting = false)
    {
        while (_windows is null)
        {
            _loading ??= LoadAsync(forWriting);
            await _loading;
        }

        return _windows;
    }

    private async Task LoadAsync(bool forWriting)
    {
        try
        {
            var id = this.GetPrimaryKeyString();
            var fromMinute = services.KeepFromMinute;
            var stored = await services.Loader.LoadAsync(kind, id, fromMinute, forWriting);
            var windows = new EntityWindows(kind, id);
            windows.Reset(stored, fromMinute);
            _windows = windows;
        }
        finally
        {
            _loading = null;
        }
    }
}
