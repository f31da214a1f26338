using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Analytics.Entities;

/// <summary>Drives the <see cref="EntityWindows"/> of one account or merchant: loads them, applies batches, answers readers.</summary>
/// <remarks>
/// State is loaded by the first call and not on activation, so that a store that is away reaches the caller as what it is. Batches come one
/// at a time; readers interleave, and see the state between two batches because a batch is applied without awaiting.
/// <para>A partition of the same silo applies most of its batches without a call (<see cref="TryApply"/>): a message to a grain and its answer
/// cost ten times what they bring. So a lock, and not only Orleans' turns, guards the state: the grain itself, which nobody else locks, because
/// an object of its own would be one for each account.</para>
/// </remarks>
internal abstract class WindowedEntityGrain(EntityKind kind, EntityServices services) : Grain, IWindowedEntityGrain
{
    /// <summary>How long after it was let go (<see cref="KeptEntities"/>) an entity is collected.</summary>
    protected const double IdleMinutes = 5;

    // Beyond this many buckets a batch also forgets old ones; below it the memory is not worth the look.
    private const int EvictionThreshold = 64;

    // An account that is written without a pause may be written again in each of them.
    private const int MaxMoveTries = 3;

    private static readonly TimeSpan MovePatience = TimeSpan.FromSeconds(5);

    private EntityWindows? _windows;
    private Task? _loading;
    private long _lastWrite;
    private KeptEntity? _handle;
    private bool _isLoadingForBatch;
    private bool _isEnding;

    /// <summary>Sequence of the last write; read by any thread.</summary>
    public long LastWrite => Volatile.Read(ref _lastWrite);

    public ValueTask<ApplyResult> ApplyAsync(EntityBatch batch)
    {
        // First of all: what is loaded begins where stream time says, and on a silo that has not heard of it yet that is the whole history.
        services.Clock.Advance(batch.StreamTimeMicros);
        lock (this)
        {
            if (CanApply(batch))
            {
                return new(Apply(_windows!, batch));
            }

            _isLoadingForBatch = true;
        }

        return new(LoadAndApplyAsync(batch));
    }

    /// <inheritdoc cref="ILocalEntity.TryApply"/>
    [MethodImpl(HotPath.Code)]
    public bool TryApply(in EntityBatch batch, out ApplyResult result)
    {
        lock (this)
        {
            // What is not kept may be collected between this line and the next.
            var applies = _handle is not null && !_isLoadingForBatch && CanApply(batch);
            result = applies ? Apply(_windows!, batch) : default;
            return applies;
        }
    }

    /// <summary>Lets an idle activation be collected again, if its last write is durable; from any thread.</summary>
    public void Release()
    {
        lock (this)
        {
            if (_handle is not null && _lastWrite <= services.Buffer.CommittedSequence)
            {
                LetGo();
                DelayDeactivation(TimeSpan.Zero);
            }
        }
    }

    public async Task MoveToAsync(SiloAddress silo)
    {
        if (silo.ToParsableString() == services.Silo)
        {
            return;
        }

        // It goes on serving while it waits: an activation that ends and waits for a store that is away would keep its callers waiting, too.
        for (var tries = 0; !TryMigrate(silo) && tries < MaxMoveTries; tries++)
        {
            using var patience = new CancellationTokenSource(MovePatience);
            try
            {
                await services.Buffer.FlushAsync(patience.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SiloFencedException)
            {
                return;
            }
        }
    }

    public async Task<EntityMetrics?> GetMetricsAsync(DateTimeOffset? asOf)
    {
        while (true)
        {
            await LoadedAsync();
            lock (this)
            {
                // Given up since it was loaded: the first batch loads again.
                if (_windows is not { } windows)
                {
                    continue;
                }

                if (!windows.IsEmpty)
                {
                    return Read(windows, asOf);
                }

                // Asking for an id that nobody has must not fill the memory; but the first batch of a new one may be on its way in.
                if (!_isLoadingForBatch)
                {
                    DeactivateOnIdle();
                }

                return null;
            }
        }
    }

    /// <summary>What <see cref="GetMetricsAsync"/> answers, from any thread of this silo; false when only a call can.</summary>
    /// <exception cref="AsOfTooOldException">Windows of that instant are not in memory any more.</exception>
    public bool TryRead(DateTimeOffset? asOf, [NotNullWhen(true)] out EntityMetrics? metrics)
    {
        lock (this)
        {
            metrics = _handle is not null && _windows is { HasReceived: true, IsEmpty: false } windows ? Read(windows, asOf) : null;
            return metrics is not null;
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        lock (this)
        {
            // From here on nothing is applied; what was, is flushed.
            _isEnding = true;
            LetGo();
            GiveUpWindows();
        }

        // The next activation reads the store, and may do so on another silo. A silo that lost its lease makes nothing durable any more.
        if (_lastWrite > services.Buffer.CommittedSequence && !services.Lease.IsLost)
        {
            await services.Buffer.FlushAsync(cancellationToken);
        }
    }

    // Nearly every batch continues one that this activation has applied, and touches buckets that are in memory.
    private bool CanApply(in EntityBatch batch) =>
        _windows is { HasReceived: true } windows && windows.IsContinuedBy(batch) && windows.CollectUnknown(batch) is null;

    private async Task<ApplyResult> LoadAndApplyAsync(EntityBatch batch)
    {
        try
        {
            var windows = _windows is { HasReceived: true } current ? current : await ReloadedAsync();
            if (!windows.IsContinuedBy(batch))
            {
                GiveUpWindows();
                return new(false, services.Silo, 0);
            }

            IReadOnlyList<BucketRow> lookedUp = windows.CollectUnknown(batch) is { } unknown
                ? await services.Loader.LoadBucketsAsync(kind, [.. unknown])
                : [];
            lock (this)
            {
                if (_isEnding)
                {
                    return new(false, services.Silo, 0);
                }

                // Under the lock like all that changes buckets: readers without a call may be among them.
                windows.AddStored(lookedUp);
                return Apply(windows, batch);
            }
        }
        finally
        {
            lock (this)
            {
                _isLoadingForBatch = false;
            }
        }
    }

    private EntityMetrics Read(EntityWindows windows, DateTimeOffset? asOf)
    {
        var instant = asOf ?? services.Clock.AsOf();
        var minute = UnixMicros.MinuteOf(UnixMicros.From(instant));
        if (asOf is not null && minute - LiveWindows.Day + 1 < windows.CompleteFromMinute)
        {
            throw new AsOfTooOldException(
                UnixMicros.ToDateTimeOffset((windows.CompleteFromMinute + LiveWindows.Day - 1) * UnixMicros.PerMinute));
        }

        return new(this.GetPrimaryKeyString(), instant, services.Clock.Lag(), windows.Read(minute), windows.LastTransaction);
    }

    private ApplyResult Apply(EntityWindows windows, in EntityBatch batch)
    {
        int saturated;
        try
        {
            saturated = windows.Apply(batch, services.Buffer);
        }
        catch
        {
            // Out of memory. What the buffer has taken is right, and what is half done is loaded again.
            Volatile.Write(ref _lastWrite, services.Buffer.CurrentSequence);
            GiveUpWindows();
            throw;
        }

        Volatile.Write(ref _lastWrite, Math.Max(_lastWrite, windows.LastWriteSequence));
        if (_handle is null)
        {
            DelayDeactivation(Timeout.InfiniteTimeSpan);
            services.Kept.Add(new(kind, kind.IdIn(batch.Events.Span[0].Transaction)), _handle = new(this));
        }

        if (windows.BucketCount > EvictionThreshold)
        {
            windows.Evict(services.KeepFromMinute, services.Buffer.CommittedSequence);
        }

        return new(true, services.Silo, saturated);
    }

    // False when it must wait for the store first.
    private bool TryMigrate(SiloAddress silo)
    {
        lock (this)
        {
            if (_lastWrite > services.Buffer.CommittedSequence || _isLoadingForBatch)
            {
                return false;
            }

            if (!_isEnding)
            {
                LetGo();
                GrainContext.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = silo });
            }

            return true;
        }
    }

    private void LetGo()
    {
        if (_handle is { } handle)
        {
            services.Kept.Remove(new(kind, this.GetPrimaryKeyString()), handle);
            handle.End();
            _handle = null;
        }
    }

    // What a reader loaded may be older than the checkpoint that the first batch relies on, so the first batch loads again.
    private async Task<EntityWindows> ReloadedAsync()
    {
        while (_loading is { } byReader)
        {
            await byReader.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        GiveUpWindows();
        return await LoadedAsync(forWriting: true);
    }

    private void GiveUpWindows()
    {
        lock (this)
        {
            _windows?.Free();
            _windows = null;
        }
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
        // So that it is noted as under way before it can be over.
        await Task.Yield();
        try
        {
            var id = this.GetPrimaryKeyString();
            var fromMinute = services.KeepFromMinute;
            var stored = await services.Loader.LoadAsync(kind, id, fromMinute, forWriting);
            var windows = new EntityWindows(kind, services.Memory);
            windows.Reset(stored, fromMinute);
            _windows = windows;
        }
        finally
        {
            _loading = null;
        }
    }
}
