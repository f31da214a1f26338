using System.Net;
using Analytics.Silo.Bench.Rig;
using HdrHistogram;

namespace Analytics.Silo.Bench.Load;

/// <summary>Live reads at a fixed rate, each on its own, however long the ones before take; latency counts from the intended time.</summary>
/// <param name="rig">Whose API.</param>
/// <param name="source">Whose accounts, as often as they are in the traffic.</param>
/// <param name="perSecond">Above 0.</param>
/// <param name="seed">Which accounts.</param>
internal sealed class LiveReads(BenchRig rig, ILoadSource source, double perSecond, int seed)
{
    // More at once would be a queue in the client and no load on the silo.
    private const int MaxInFlight = 2_000;
    private readonly LongConcurrentHistogram _micros = new(1, TimeSpan.FromMinutes(10).Ticks / TimeSpan.TicksPerMicrosecond, 3);
    private int _inFlight;
    private long _failed;

    public HistogramBase Micros => _micros;

    /// <summary>Answers other than 200, or none, while measuring; what the silo has not seen yet does not count.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Runs until it is cancelled; what comes before <paramref name="isMeasured"/> is true is not counted.</summary>
    public async Task RunAsync(Func<bool> isMeasured, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        for (long i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var wait = TimeSpan.FromSeconds(i / perSecond) - System.Diagnostics.Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            while (Volatile.Read(ref _inFlight) >= MaxInFlight && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(1, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // Never before it is sent: a timer of the system ends up to a millisecond early, which is not the silo's merit.
            var intended = Math.Min(
                start + (long)(i / perSecond * System.Diagnostics.Stopwatch.Frequency), System.Diagnostics.Stopwatch.GetTimestamp());
            Interlocked.Increment(ref _inFlight);
            _ = ReadAsync(source.AnyAccount(random), intended, isMeasured(), cancellationToken);
        }
    }

    private async Task ReadAsync(string account, long intended, bool counts, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await rig.Silo.Http.GetAsync(new Uri($"/v1/accounts/{account}", UriKind.Relative), cancellationToken);
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (counts && response.StatusCode == HttpStatusCode.OK)
            {
                _micros.RecordValue((long)System.Diagnostics.Stopwatch.GetElapsedTime(intended).TotalMicroseconds);
            }
            else if (counts && response.StatusCode != HttpStatusCode.NotFound)
            {
                Interlocked.Increment(ref _failed);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            if (counts && !cancellationToken.IsCancellationRequested)
            {
                Interlocked.Increment(ref _failed);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}
