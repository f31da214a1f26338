using Analytics.Hosting;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Streaming.Kafka;

namespace Analytics.Overview;

/// <summary>Holds the newest status of every partition. After a start it begins with the stored checkpoints, so that totals go on.</summary>
internal sealed partial class OverviewGrain(
    IAnalyticsStore store,
    [FromKeyedServices(AnalyticsStreams.Provider)] IKafkaStreamControl kafka,
    IOptions<AnalyticsOptions> options,
    TimeProvider time,
    ILogger<OverviewGrain> logger) : Grain, IOverviewGrain
{
    // A partition that has not reported for so long is not handled now: its last offsets stay, and what its log holds beyond them is its lag.
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(5);

    // How old the log's end of such a partition may be: one question to the broker serves every reader meanwhile.
    private static readonly TimeSpan LogRangeAge = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, (long Start, long End)> _logRanges = [];
    private Task _asking = Task.CompletedTask;
    private DateTimeOffset _askedAt;

    private readonly SortedDictionary<int, (PartitionStatus Status, DateTimeOffset At)> _statuses = [];
    private bool _restored;

    public override async Task OnActivateAsync(CancellationToken cancellationToken) => await RestoreAsync(cancellationToken);

    public Task<long> ReportAsync(PartitionStatus status)
    {
        if (!_statuses.TryGetValue(status.Partition, out var known) || status.Epoch >= known.Status.Epoch)
        {
            _statuses[status.Partition] = (status, time.GetUtcNow());
        }

        return Task.FromResult(_statuses.Values.Max(s => s.Status.StreamTimeMicros));
    }

    public async Task<IReadOnlyList<PartitionStatus>> GetAsync()
    {
        if (!_restored)
        {
            await RestoreAsync(CancellationToken.None);
        }

        var now = time.GetUtcNow();
        int[] unhandled = [.. AllPartitions().Where(p => !IsHandled(p, now))];
        if (unhandled.Length > 0)
        {
            await AskLogRangesAsync(unhandled, now);
        }

        return [.. AllPartitions().Select(p => IsHandled(p, now) ? _statuses[p].Status : Unhandled(p))];
    }

    private IEnumerable<int> AllPartitions() => _statuses.Keys.Union(Enumerable.Range(0, kafka.PartitionCount)).Order();

    private bool IsHandled(int partition, DateTimeOffset now) => _statuses.TryGetValue(partition, out var known) && now - known.At < Stale;

    // Until the broker has answered once, the last lag is the best that is known.
    private PartitionStatus Unhandled(int partition)
    {
        var status = _statuses.TryGetValue(partition, out var known)
            ? known.Status
            : FromCheckpoint(new(new(options.Value.Epoch, partition, -1), UnixMicros.None, default));
        var lag = _logRanges.TryGetValue(partition, out var log)
            ? Math.Max(0, log.End - Math.Max(log.Start, status.Offset + 1))
            : status.LagRecords;
        return status with { Silo = "", LagRecords = lag, AppliedPerSecond = 0 };
    }

    private async Task AskLogRangesAsync(int[] partitions, DateTimeOffset now)
    {
        if (_asking.IsCompleted && now - _askedAt >= LogRangeAge)
        {
            _askedAt = now;
            _asking = AskAsync();
        }

        // A broker that is away must not take the overview with it.
        await _asking.WaitAsync(LogRangeAge, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        async Task AskAsync()
        {
            foreach (var partition in partitions)
            {
                if (await kafka.QueryLogRangeAsync(partition) is { } range)
                {
                    _logRanges[partition] = range;
                }
            }
        }
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var checkpoint in await Task.Run(() => store.ReadCheckpointsAsync(cancellationToken), cancellationToken))
            {
                // Totals count from the beginning of the present epoch.
                if (checkpoint.Position.Epoch == options.Value.Epoch)
                {
                    _statuses.TryAdd(checkpoint.Position.Partition, (FromCheckpoint(checkpoint), DateTimeOffset.MinValue));
                }
            }

            _restored = true;
        }
        catch (StoreUnavailableException exception)
        {
            LogNotRestored(exception);
        }
    }

    private static PartitionStatus FromCheckpoint(Checkpoint checkpoint) => new(
        checkpoint.Position.Partition,
        checkpoint.Position.Epoch,
        "",
        checkpoint.Position.Offset,
        checkpoint.Position.Offset,
        0,
        checkpoint.StreamTimeMicros,
        checkpoint.StreamTimeMicros == UnixMicros.None ? UnixMicros.None : Lateness.WatermarkMicros(checkpoint.StreamTimeMicros),
        checkpoint.Counters,
        [],
        0);

    [LoggerMessage(2101, LogLevel.Warning, "The overview starts without the stored totals; it asks the store again at the next read.")]
    private partial void LogNotRestored(Exception exception);
}
