using System.Diagnostics;
using System.Net;
using Analytics.Silo.Bench.Rig;
using HdrHistogram;

namespace Analytics.Silo.Bench.Load;

/// <summary>
/// Live reads at a fixed rate, however long those before take; latency counts from the intended time. Threads of their own take them in turn
/// and wait in the socket: an answer that waits here for a thread of the pool would count as the silo's.
/// </summary>
/// <param name="rig">Whose API.</param>
/// <param name="source">Whose accounts, as often as they are in the traffic.</param>
/// <param name="perSecond">Above 0.</param>
/// <param name="seed">Which accounts.</param>
internal sealed class LiveReads(BenchRig rig, ILoadSource source, double perSecond, int seed)
{
    // Reads of one thread are this far apart, so that a slow one seldom delays its next; closer together only where the threads are too many.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);
    private const int MaxThreads = 64;

    private readonly LongConcurrentHistogram _micros = new(1, TimeSpan.FromMinutes(10).Ticks / TimeSpan.TicksPerMicrosecond, 3);
    private long _failed;

    public HistogramBase Micros => _micros;

    /// <summary>Answers other than 200, or none, while measuring; what the silo has not seen yet does not count.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Runs until it is cancelled; what comes before <paramref name="isMeasured"/> is true is not counted.</summary>
    public Task RunAsync(Func<bool> isMeasured, CancellationToken cancellationToken)
    {
        var threads = (int)Math.Clamp(Math.Ceiling(perSecond * Period.TotalSeconds), 2, MaxThreads);
        var start = Stopwatch.GetTimestamp();
        return Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () => Run(thread, threads, start, isMeasured, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }

    private void Run(int thread, int threads, long start, Func<bool> isMeasured, CancellationToken cancellationToken)
    {
        var random = new Random(HashCode.Combine(seed, thread));
        for (long i = thread; !cancellationToken.IsCancellationRequested; i += threads)
        {
            var intended = start + (long)(i / perSecond * Stopwatch.Frequency);
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), intended);
            if (wait > TimeSpan.Zero && cancellationToken.WaitHandle.WaitOne(wait))
            {
                return;
            }

            // Never before it is sent: a timer of the system ends up to a millisecond early, which is not the silo's merit.
            Read(source.AnyAccount(random), Math.Min(intended, Stopwatch.GetTimestamp()), isMeasured(), cancellationToken);
        }
    }

    private void Read(string account, long intended, bool counts, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/v1/accounts/{account}", UriKind.Relative));
            using var response = rig.Silos.Http.Send(request, cancellationToken);
            if (counts && response.StatusCode == HttpStatusCode.OK)
            {
                _micros.RecordValue((long)Stopwatch.GetElapsedTime(intended).TotalMicroseconds);
            }
            else if (counts && response.StatusCode != HttpStatusCode.NotFound)
            {
                Interlocked.Increment(ref _failed);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over: a request that is cut off fails in one way or another, and counts for nothing.
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            if (counts)
            {
                Interlocked.Increment(ref _failed);
            }
        }
    }
}
