using System.Globalization;
using Analytics.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;

namespace Analytics.Partitions;

/// <summary>
/// Sees to it that every partition this silo reads has its grain. A delivery brings the grain too, but there may be none: what an activation
/// elsewhere took and could not make durable would then wait for the partition's next record, and its totals for a report.
/// </summary>
internal sealed partial class PartitionKeeper(
    IGrainFactory grains,
    [FromKeyedServices(AnalyticsStreams.Provider)] IKafkaStreamControl kafka,
    TimeProvider time,
    ILogger<PartitionKeeper> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // Soon at first: a silo that has begun with its partitions takes the first records sooner.
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(200);
    private const int FirstTicks = 10;

    private readonly Dictionary<int, Task> _touches = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _keeping = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(PartitionKeeper),
        ServiceLifecycleStage.Active,
        _ =>
        {
            _keeping = Task.Run(KeepAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await _stopping.CancelAsync();
            await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });

    private async Task KeepAsync()
    {
        using var timer = new PeriodicTimer(FirstInterval, time);
        for (var tick = 1; await timer.WaitForNextTickAsync(_stopping.Token); tick++)
        {
            timer.Period = tick < FirstTicks ? FirstInterval : Interval;
            try
            {
                TouchAll();
            }
            catch (Exception exception)
            {
                // Unforeseen; without this loop a partition that nothing is written to would never have its grain.
                LogKeepFailed(exception);
            }
        }
    }

    private void TouchAll()
    {
        for (var partition = 0; partition < kafka.PartitionCount; partition++)
        {
            // One that does not answer yet, as when its silo has just died, must not keep the others waiting.
            if (kafka.GetLogEndOffset(partition) is not null && _touches.GetValueOrDefault(partition) is not { IsCompleted: false })
            {
                _touches[partition] = TouchAsync(partition);
            }
        }
    }

    private async Task TouchAsync(int partition)
    {
        try
        {
            await grains.GetGrain<IPartitionGrain>(partition.ToString(CultureInfo.InvariantCulture)).GetStatusAsync();
        }
        catch (Exception exception)
        {
            // The store is away, or the partition moves; tried again soon.
            LogNotThere(partition, exception);
        }
    }

    [LoggerMessage(2232, LogLevel.Error, "The grains of this silo's partitions were not asked whether they are there; trying again.")]
    private partial void LogKeepFailed(Exception exception);

    [LoggerMessage(2231, LogLevel.Debug, "Partition {Partition} is read here, and its grain did not answer.")]
    private partial void LogNotThere(int partition, Exception exception);
}
