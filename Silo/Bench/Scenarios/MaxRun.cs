using System.Diagnostics;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Measure;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>Tries one rate after the other on a warm silo; lag is worked off between them.</summary>
internal sealed class MaxRun(BenchRig rig, BenchOptions options, ILoadSource source, Action<string> say) : IScenarioRun
{
    private const double Precision = 0.06;
    private const double SustainedShare = 0.98;
    private const int MaxTries = 12;

    // Lag worth more time than this is not flat; and a try whose lag is worth that much time has failed already.
    private static readonly TimeSpan FlatLag = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HopelessLag = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    public async Task<BenchReport> RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await rig.StartSilosAsync(cancellationToken);
        if (options.WarmUp > TimeSpan.Zero)
        {
            say("warm-up");
            await TryAsync(options.PerSecond, options.WarmUp, report, cancellationToken);
        }

        var search = new RateSearch(options.PerSecond, Precision);
        List<RateTry> tries = [];
        while (search.Next is { } rate && tries.Count < MaxTries)
        {
            var (attempt, found) = await TryAsync(Math.Round(rate), options.Duration, report, cancellationToken);
            search.Add(rate, attempt.Sustained);
            report = attempt.Sustained && search.Best == rate ? found : report;
            tries.Add(attempt);
            say(FormattableString.Invariant(
                $"{attempt.PerSecond,9:N0}/s  {(attempt.Sustained ? "sustained" : "not sustained: " + attempt.Why)}, p95 {attempt.P95Ms ?? 0:N0} ms"));
        }

        return report with
        {
            Tries = tries,
            TargetPerSecond = search.Best is { } best ? Math.Round(best) : 0,
            Problems = search.Best is null ? ["No rate was sustained."] : [],
        };
    }

    private async Task<(RateTry Try, BenchReport Found)> TryAsync(
        double perSecond, TimeSpan duration, BenchReport report, CancellationToken cancellationToken)
    {
        var plan = new LoadPlan([], [new(source, new(perSecond, duration))]);
        var loop = new OpenLoop(plan.Schedule, TimeProvider.System);
        var series = new TimeSeries(rig, Period);
        using var beside = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var zero = await Snapshot.TakeAsync(rig, cancellationToken);
        var load = Task.Factory.StartNew(
            () => loop.Run(plan.SendTo(rig.Client), Thread.Sleep, beside.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var reads = new LiveReads(rig, source, Math.Max(1, options.ReadsPerSecond), options.Seed);
        var reading = reads.RunAsync(() => true, beside.Token);
        var isHopeless = false;
        var course = series.RunAsync(
            zero,
            point =>
            {
                if (point.Lag > perSecond * HopelessLag.TotalSeconds)
                {
                    isHopeless = true;
                    beside.Cancel();
                }
            },
            beside.Token);
        try
        {
            await WaitAsync(duration / 3);
            var from = await Snapshot.TakeAsync(rig, cancellationToken);
            await WaitAsync(duration - Stopwatch.GetElapsedTime(zero.At));
            var to = await Snapshot.TakeAsync(rig, cancellationToken);
            await beside.CancelAsync();
            await Task.WhenAll(load, course, reading);
            rig.Client.Flush();
            var applied = await Verification.ApplyAllAsync(rig, cancellationToken);

            // So that a try does not begin with what the one before has left to the store.
            await Verification.StoreAllAsync(rig, cancellationToken);
            var rate = Findings.SustainedPerSecond(from, to);
            var latencies = Latencies.Figures(Latencies.Between(from.State, applied.State), 1);
            var why = isHopeless ? $"lag reached {series.Points[^1].Lag:N0} records"
                : rate < perSecond * SustainedShare ? FormattableString.Invariant($"only {rate:N0}/s were sent and applied")
                : to.Lag > perSecond * FlatLag.TotalSeconds ? $"lag was {to.Lag:N0} records in the end"
                : Findings.StoreIsBehind(rig.Store.KeepsRows, to.Undurable, perSecond) is { } behind ? behind
                : loop.Latest > FlatLag ? FormattableString.Invariant($"the generator was {loop.Latest.TotalMilliseconds:N0} ms late")
                : null;
            var found = report.WithCosts(rig, from, to, series) with
            {
                SustainedPerSecond = Math.Round(rate, 1),
                LatencyMs = latencies,
                LiveReadMs = Latencies.Figures(reads.Micros, 1_000),
                FailedReads = reads.Failed,
                GeneratorLateMs = Math.Round(loop.Latest.TotalMilliseconds, 1),
            };
            return (new(perSecond, why is null, Math.Round(Findings.AppliedPerSecond(from, to)), from.Lag, to.Lag, latencies?.P95, why), found);
        }
        finally
        {
            await beside.CancelAsync();
            await Task.WhenAll(load, course, reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // Until then, or until the try is hopeless.
        async Task WaitAsync(TimeSpan time)
        {
            if (time > TimeSpan.Zero)
            {
                await Task.Delay(time, beside.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
