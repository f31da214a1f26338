using Analytics.Overview;
using Analytics.Storage;

namespace Analytics.Silo.Traffic;

/// <summary>
/// Keeps a sender of this process close to what the grains have processed, because the embedded broker drops what is more than 5 MB a
/// partition behind.
/// </summary>
internal sealed class OverviewGate : IAsyncDisposable
{
    /// <summary>Transactions sent and not yet processed; at this bound sending waits.</summary>
    public const int MaxAhead = 20_000;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private readonly IGrainFactory _grains;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _polling;
    private readonly long _before;
    private long _processed;

    private OverviewGate(IGrainFactory grains, PartitionCounters before)
    {
        _grains = grains;
        _before = Processed(before);
        _polling = PollAsync();
    }

    /// <summary>How many may have been sent by now.</summary>
    public long MayBeSent => Interlocked.Read(ref _processed) + MaxAhead;

    public static async Task<OverviewGate> OpenAsync(IGrainFactory grains) => new(grains, await ReadAsync(grains));

    /// <summary>The cluster's totals.</summary>
    public static async Task<PartitionCounters> ReadAsync(IGrainFactory grains)
    {
        var statuses = await grains.GetGrain<IOverviewGrain>(0).GetAsync();
        return statuses.Aggregate(default(PartitionCounters), (sum, status) => sum + status.Counters);
    }

    /// <summary>Completes when so many records were processed since the gate was opened.</summary>
    public async Task WaitForAsync(long records, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period);
        while (Interlocked.Read(ref _processed) < records)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _polling;
        _stop.Dispose();
    }

    // Late ones are accepted ones.
    private static long Processed(PartitionCounters counters) => counters.Accepted + counters.Duplicates + counters.DeadLettered;

    private async Task PollAsync()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    Interlocked.Exchange(ref _processed, Processed(await ReadAsync(_grains)) - _before);
                }
                catch (TimeoutException)
                {
                    // A busy silo: the gate stays where it is until the next answer.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }
}
