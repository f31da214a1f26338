using System.Globalization;
using Analytics.Hosting;
using Analytics.Ingest;
using Analytics.Overview;
using Analytics.Placement;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Analytics.Partitions;

/// <summary>
/// Handles one Kafka partition on the silo that reads it. Delivery only queues a batch; a pump of its own judges and applies the batches
/// in offset order, so that neither Orleans' delivery timeout nor a slow store ever turns into a skipped batch; a timer makes them durable.
/// </summary>
[ImplicitStreamSubscription(AnalyticsStreams.TransactionsNamespace)]
[ReaderPlacement]
internal sealed partial class PartitionGrain(PartitionServices services, ILogger<PartitionGrain> logger)
    : Grain, IPartitionGrain, IStreamSubscriptionObserver, IAsyncObserver<KafkaBatch<IngestedRecord>>
{
    // Orleans gives up a delivery call after 30 s; answering before that keeps the reason visible.
    private static readonly TimeSpan MaxDeliveryWait = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LastDeadLetterRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RoomPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(500);

    // A partition that this silo has not read for so long is handled elsewhere. Its new reader delivers to this activation meanwhile.
    private static readonly TimeSpan AbandonAfter = TimeSpan.FromSeconds(1.5);

    // Where to look for the newest row: no store keeps an index for it, so the search must not begin with the whole table.
    private static readonly TimeSpan?[] LookBacks =
        [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(12), TimeSpan.FromDays(7), null];

    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly SemaphoreSlim _progress = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _checkpointing = new(1, 1);
    private readonly LatencyRecorder _latency = new(services.Time);
    private readonly RateMeter _rate = new(services.Time);

    private int _partition;
    private DeliveryQueue _queue = null!;
    private PartitionLedger _ledger = null!;
    private EntitySender _sender = null!;
    private IGrainTimer _checkpointTimer = null!;
    private Task _pump = Task.CompletedTask;
    private Task _callingHome = Task.CompletedTask;
    private bool _storeFailing;
    private long _ownedAt;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _partition = int.Parse(this.GetPrimaryKeyString(), CultureInfo.InvariantCulture);
        if (services.Kafka.GetLogEndOffset(_partition) is null)
        {
            // A call that was forwarded by the partition's former silo would bring it back there.
            throw new InvalidOperationException($"Partition {_partition} is not read by this silo.");
        }

        var options = services.Options;
        var store = services.Store;
        await services.Lease.FenceDeadAsync(cancellationToken);
        (Checkpoint? Checkpoint, bool HasRows) stored;
        DuplicateFilter duplicates;
        do
        {
            // Both must be of one moment: an earlier owner that commits in between would make its own records look like duplicates.
            stored = await ReadCheckpointAsync(cancellationToken);
            duplicates = stored.HasRows
                ? await RestoreDuplicatesAsync(store, options, cancellationToken)
                : new(options.DeduplicationHorizon, options.DeduplicationLimit);
        }
        while (stored != await ReadCheckpointAsync(cancellationToken));

        _ledger = new(options.Epoch, _partition, stored.Checkpoint, duplicates, options.AllowedLateness);
        _queue = new(options.Epoch, stored.Checkpoint?.Position.Offset);
        _sender = new(GrainFactory, services.Kept, services.Relay, _partition, services.SiloAddress, services.Metrics, logger);
        services.Clock.Advance(_ledger.Applied.StreamTimeMicros);
        _ownedAt = services.Time.GetTimestamp();
        _checkpointTimer = this.RegisterGrainTimer(
            _ => TryCheckpointAsync(),
            new GrainTimerCreationOptions(UntilNextCheckpoint(), options.CheckpointInterval) { Interleave = true, KeepAlive = true });
        this.RegisterGrainTimer(
            _ => ReportAsync(), new GrainTimerCreationOptions(ReportInterval, ReportInterval) { Interleave = true, KeepAlive = true });
        _pump = PumpAsync();
        LogActivated(_partition, options.Epoch, _queue.Through ?? -1, duplicates.Count);
    }

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        // An earlier activation may have taken records before there was any checkpoint, and made none of them durable.
        var epoch = services.Options.Epoch;
        KafkaSequenceToken from = _queue.Through is { } through ? new(epoch, through + 1) : KafkaSequenceToken.BeforeAll(epoch);
        await handleFactory.Create<KafkaBatch<IngestedRecord>>().ResumeAsync(this, from);
    }

    public async Task OnNextAsync(KafkaBatch<IngestedRecord> batch, StreamSequenceToken? token = null)
    {
        if (_queue.Through is null && (await WithDeadlineAsync(ReadCheckpointAsync, _stopping.Token)).Checkpoint is { } stored)
        {
            // Any batch would look like the first one, and the reader may have begun behind that checkpoint.
            LogOvertaken(_partition, stored.Position.Offset);
            DeactivateOnIdle();
            throw new InvalidOperationException($"Partition {_partition}: another owner stored the first checkpoint, {stored.Position.Offset}.");
        }

        var delivery = _queue.Add(batch);
        if (delivery == Delivery.Gap)
        {
            // A fresh activation resumes from the checkpoint by its token; going on here would skip records.
            LogGap(_partition, batch.Epoch, batch.ContinuesFromOffset, _queue.Through ?? -1);
            DeactivateOnIdle();
            throw new InvalidOperationException(
                $"Partition {_partition}: the batch continues from {batch.Epoch}@{batch.ContinuesFromOffset}, expected was offset {_queue.Through + 1}.");
        }

        if (delivery == Delivery.Queued)
        {
            Signal(_arrived);
        }

        // Delivered means applied: if this activation ends before that, the provider delivers the batch again to the next one.
        var waitingSince = services.Time.GetTimestamp();
        while (_ledger.Applied.Position.Offset < batch.LastOffset)
        {
            var left = MaxDeliveryWait - services.Time.GetElapsedTime(waitingSince);
            if (left <= TimeSpan.Zero || !await _progress.WaitAsync(left, _stopping.Token))
            {
                throw new TimeoutException($"Partition {_partition} is paused: what was delivered up to {batch.LastOffset} is not applied yet.");
            }
        }
    }

    public Task OnErrorAsync(Exception ex)
    {
        // The provider repeats the batch; what made delivery fail was logged where it happened.
        LogDeliveryError(_partition, ex);
        return Task.CompletedTask;
    }

    public Task<PartitionStatus> GetStatusAsync() => Task.FromResult(Status(rate: 0));

    public async Task<long> CheckpointAsync()
    {
        await CheckpointOnceAsync(_stopping.Token);
        return _ledger.Stored?.Position.Offset ?? -1;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _pump.WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        try
        {
            await CheckpointOnceAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogLastCheckpointFailed(_partition, _ledger.Applied.Position.Offset, _ledger.Stored?.Position.Offset ?? -1, exception);
        }

        services.Clock.Waiting(_partition, null);
        services.Metrics.Forget(_partition);
        LogDeactivated(_partition, reason.ReasonCode, _ledger.Stored?.Position.Offset ?? -1);
    }

    // Rows come with a checkpoint, of whatever epoch: without one there are none to look for.
    private async Task<(Checkpoint? Checkpoint, bool HasRows)> ReadCheckpointAsync(CancellationToken cancellationToken)
    {
        Checkpoint? checkpoint = null;
        var hasRows = false;
        foreach (var stored in await Task.Run(() => services.Store.ReadCheckpointsAsync(cancellationToken), cancellationToken))
        {
            if (stored.Position.Partition == _partition)
            {
                hasRows = true;
                checkpoint = stored.Position.Epoch == services.Options.Epoch ? stored : checkpoint;
            }
        }

        return (checkpoint, hasRows);
    }

    private async Task<DuplicateFilter> RestoreDuplicatesAsync(
        IAnalyticsStore store, AnalyticsOptions options, CancellationToken cancellationToken)
    {
        var duplicates = new DuplicateFilter(options.DeduplicationHorizon, options.DeduplicationLimit);
        IReadOnlyList<RecentTransactionId> newest = [];
        foreach (var lookBack in LookBacks)
        {
            var fromMicros = lookBack is { } span ? UnixMicros.From(services.Time.GetUtcNow() - span) : long.MinValue;
            newest = await Task.Run(() => store.ReadRecentTransactionIdsAsync(_partition, fromMicros, 1, cancellationToken), cancellationToken);
            if (newest.Count > 0)
            {
                break;
            }
        }

        if (newest.Count == 0)
        {
            return duplicates;
        }

        var sinceMicros = newest[0].IngestedAtMicros - (long)options.DeduplicationHorizon.TotalMicroseconds;
        var recent = await Task.Run(
            () => store.ReadRecentTransactionIdsAsync(_partition, sinceMicros, options.DeduplicationLimit, cancellationToken),
            cancellationToken);
        foreach (var id in recent)
        {
            duplicates.Restore(id.TransactionId, id.IngestedAtMicros);
        }

        return duplicates;
    }

    // Runs on the grain's scheduler for as long as the activation lives.
    private async Task PumpAsync()
    {
        var cancellationToken = _stopping.Token;
        try
        {
            while (true)
            {
                if (!_queue.TryPeek(out var batch))
                {
                    services.Clock.Waiting(_partition, null);
                    await _arrived.WaitAsync(cancellationToken);
                    continue;
                }

                services.Clock.Waiting(_partition, LoggedAt(batch));
                await RoomForMoreAsync(cancellationToken);
                await ApplyAsync(batch, cancellationToken);
                _queue.Dequeue();
                Signal(_progress);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The activation ends; what was not applied is read again from the checkpoint.
        }
        catch (Exception exception)
        {
            // A fault of the program. Starting over from the checkpoint is the only state known to be right.
            LogPumpFailed(_partition, _ledger.Applied.Position.Offset, exception);
            DeactivateOnIdle();
        }
    }

    private async Task RoomForMoreAsync(CancellationToken cancellationToken)
    {
        while (_ledger.PendingRecords >= services.Options.MaxPendingRecords || services.Buffer.IsFull)
        {
            await Task.Delay(RoomPoll, cancellationToken);
        }
    }

    private async Task ApplyAsync(KafkaBatch<IngestedRecord> batch, CancellationToken cancellationToken)
    {
        var work = _ledger.Judge(batch, _ledger.Applied.Position.Offset);
        var deadLetters = PublishDeadLettersAsync(work, cancellationToken);
        services.Clock.Advance(work.StreamTimeMicros);
        var saturated = await _sender.SendAsync(_ledger, work.Entities, work.StreamTimeMicros, cancellationToken);
        await deadLetters;
        work.Rejected = [];
        work.Counters = work.Counters with { Saturated = saturated };
        _ledger.Apply(work);
        CheckpointSoonWhenMuchIsPending();
        Measure(batch, work);
    }

    private async Task PublishDeadLettersAsync(BatchWork work, CancellationToken cancellationToken)
    {
        var delay = TimeSpan.FromSeconds(1);
        while (work.Rejected.Count > 0)
        {
            try
            {
                await services.DeadLetters.PublishAsync(_partition, work.Rejected, cancellationToken);
                return;
            }
            catch (KafkaPublishException exception)
            {
                LogDeadLettersFailed(_partition, work.Rejected.Count, work.Rejected[0].Offset, services.Options.DeadLetterTopic, exception);
                await Task.Delay(delay, cancellationToken);
                delay = delay * 2 < LastDeadLetterRetry ? delay * 2 : LastDeadLetterRetry;
            }
        }
    }

    private void Measure(KafkaBatch<IngestedRecord> batch, BatchWork work)
    {
        var nowMs = services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        long runOfMs = -1, count = 0;
        foreach (var record in batch.Records)
        {
            if (record.TimestampMs != runOfMs)
            {
                RecordRun();
                (runOfMs, count) = (record.TimestampMs, 0);
            }

            count++;
        }

        RecordRun();
        services.Metrics.Applied(
            _partition, work.Counters, work.FirstLoggedAtMs < 0 ? null : TimeSpan.FromMilliseconds(Math.Max(0, nowMs - work.FirstLoggedAtMs)));
        UpdateGauges();

        void RecordRun()
        {
            if (count > 0 && runOfMs >= 0)
            {
                var latencyMs = Math.Max(0, nowMs - runOfMs);
                _latency.Record(latencyMs, count);
                services.Metrics.Latencies.Record(latencyMs, count);
            }
        }
    }

    private async Task ReportAsync()
    {
        if (services.Kafka.GetLogEndOffset(_partition) is not null)
        {
            _ownedAt = services.Time.GetTimestamp();
        }
        else if (services.Time.GetElapsedTime(_ownedAt) > AbandonAfter)
        {
            LogAbandoned(_partition);
            DeactivateOnIdle();
            return;
        }

        // An earlier activation may have taken records and made none of them durable. The next record would show the gap; there may be none.
        services.Kafka.DeliverFrom(_partition, (_queue.Through ?? -1) + 1);
        UpdateGauges();
        if (!services.IsSiloActive)
        {
            return;
        }

        try
        {
            var counters = _ledger.Applied.Counters;
            var status = Status(_rate.Sample(counters.Accepted + counters.Duplicates + counters.DeadLettered));
            services.Clock.Advance(await GrainFactory.GetGrain<IOverviewGrain>(0).ReportAsync(status));
        }
        catch (Exception exception)
        {
            LogReportFailed(_partition, exception);
        }
    }

    private PartitionStatus Status(double rate) => new(
        _partition,
        services.Options.Epoch,
        services.SiloName,
        _ledger.Applied.Position.Offset,
        _ledger.Stored?.Position.Offset ?? -1,
        LagRecords(),
        _ledger.Applied.StreamTimeMicros,
        Lateness.WatermarkMicros(_ledger.Applied.StreamTimeMicros),
        _ledger.Applied.Counters,
        _latency.Snapshot(),
        rate);

    private long LagRecords() => services.Kafka.GetLogEndOffset(_partition) is { } end
        ? Math.Max(0, end - (_ledger.Applied.Position.Offset + 1))
        : _queue.Records;

    private void UpdateGauges()
    {
        var gauges = services.Metrics.Gauges(_partition);
        gauges.Offset = _ledger.Applied.Position.Offset;
        gauges.CheckpointOffset = _ledger.Stored?.Position.Offset ?? -1;
        gauges.LagRecords = LagRecords();
        gauges.PendingRecords = _ledger.PendingRecords;
    }

    private static long? LoggedAt(KafkaBatch<IngestedRecord> batch) => batch.Records[0].TimestampMs >= 0 ? batch.Records[0].TimestampMs : null;

    private static void Signal(SemaphoreSlim semaphore)
    {
        if (semaphore.CurrentCount == 0)
        {
            semaphore.Release();
        }
    }
}
