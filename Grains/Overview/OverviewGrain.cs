using Analytics.Hosting;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Analytics.Overview;

/// <summary>Holds the newest status of every partition. After a start it begins with the stored checkpoints, so that totals go on.</summary>
internal sealed partial class OverviewGrain(
    IAnalyticsStore store, IOptions<AnalyticsOptions> options, TimeProvider time, ILogger<OverviewGrain> logger) : Grain, IOverviewGrain
{
    // A partition that has not reported for so long is not handled now; its last figures stay, its rate does not.
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(5);

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
        return [.. _statuses.Values.Select(s => now - s.At < Stale ? s.Status : s.Status with { AppliedPerSecond = 0 })];
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
