using System.Diagnostics;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Measure;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>Load by a plan on a silo that runs: warm-up, then what is measured, with live reads and probes beside it.</summary>
internal sealed class PlannedRun(BenchRig rig, BenchOptions options, LoadPlan plan, string runId, Action<string> say) : IScenarioRun
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);
    private const double SustainedShare = 0.98;
    private bool _isMeasured;

    public async Task<BenchReport> RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await rig.StartSilosAsync(cancellationToken);
        var loop = new OpenLoop(plan.Schedule, TimeProvider.System);
        var series = new TimeSeries(rig, Period);
        var reads = options.ReadsPerSecond > 0 ? new LiveReads(rig, plan.Main, options.ReadsPerSecond, options.Seed) : null;
        var probe = plan.TakesProbes ? new VisibilityProbe(rig, runId) : null;
        using var beside = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var zero = await Snapshot.TakeAsync(rig, cancellationToken);
        var load = Task.Factory.StartNew(
            () => loop.Run(plan.SendTo(rig.Client), Thread.Sleep, beside.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var course = series.RunAsync(zero, Say(), beside.Token);
        Task[] others =
        [
            probe?.RunAsync(() => _isMeasured, beside.Token) ?? Task.CompletedTask,
            reads?.RunAsync(() => _isMeasured, beside.Token) ?? Task.CompletedTask,
        ];
        try
        {
            var first = First < plan.WarmUpDuration + plan.MeasuredDuration ? First : plan.WarmUpDuration + plan.MeasuredDuration;
            Snapshot? firstTen = null, from = null;
            foreach (var moment in new[] { first, plan.WarmUpDuration }.Order().Distinct())
            {
                await UntilAsync(zero, moment, load, course, cancellationToken);
                var snapshot = moment == TimeSpan.Zero ? zero : await Snapshot.TakeAsync(rig, cancellationToken);
                firstTen = moment == first ? snapshot : firstTen;
                if (moment == plan.WarmUpDuration)
                {
                    (from, _isMeasured) = (snapshot, true);
                }
            }

            await UntilAsync(zero, plan.WarmUpDuration + plan.MeasuredDuration, load, course, cancellationToken);
            var to = await Snapshot.TakeAsync(rig, cancellationToken);
            _isMeasured = false;
            await load;
            await beside.CancelAsync();
            await Task.WhenAll([course, .. others]);
            rig.Client.Flush();
            var applied = await Verification.ApplyAllAsync(rig, cancellationToken);
            return report.WithCosts(rig, from!, to, series) with
            {
                TargetPerSecond = Math.Round(Target),
                SustainedPerSecond = Math.Round(Findings.SustainedPerSecond(from!, plan.MustSustain ? to : applied), 1),
                LatencyMs = Latencies.Figures(Latencies.Between(from!.State, applied.State), 1),
                FirstTenSecondsMs = Latencies.Figures(Latencies.Between(zero.State, firstTen!.State), 1),
                Problems = Problems(from, to, applied),
                VisibleMs = probe is null ? null : Latencies.Figures(probe.Micros, 1_000),
                LiveReadMs = reads is null ? null : Latencies.Figures(reads.Micros, 1_000),
                FailedReads = (reads?.Failed ?? 0) + (probe?.Unseen ?? 0),
                GeneratorLateMs = Math.Round(loop.Latest.TotalMilliseconds, 1),
            };
        }
        finally
        {
            await beside.CancelAsync();
            await Task.WhenAll([load, course, .. others]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private double Target => plan.Measured.Sum(stretch => (double)stretch.Pace.Count) / plan.MeasuredDuration.TotalSeconds;

    // Within the run, or where that is too short to say, the work left at its end must have been little.
    private IReadOnlyList<string> Problems(Snapshot from, Snapshot to, Snapshot applied)
    {
        if (!plan.MustSustain)
        {
            return [];
        }

        List<string> problems = [];
        if (Findings.SustainedPerSecond(from, to) < Target * SustainedShare && Findings.SustainedPerSecond(from, applied) < Target * SustainedShare)
        {
            problems.Add(FormattableString.Invariant($"Only {Findings.SustainedPerSecond(from, to):N0}/s of {Target:N0}/s were sustained; lag went from {from.Lag:N0} to {to.Lag:N0} records."));
        }

        if (Findings.StoreIsBehind(rig.Store.KeepsRows, to.Undurable, Target) is { } behind)
        {
            problems.Add($"The store did not keep up: {behind}.");
        }

        return problems;
    }

    // Load ends a little before the last moment; a failure of it, or of the silo, shows at once.
    private static async Task UntilAsync(Snapshot start, TimeSpan moment, Task load, Task course, CancellationToken cancellationToken)
    {
        while (moment - Stopwatch.GetElapsedTime(start.At) is var rest && rest > TimeSpan.Zero)
        {
            var delay = Task.Delay(rest, cancellationToken);
            await await Task.WhenAny(load.IsCompletedSuccessfully ? [course, delay] : [load, course, delay]);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private Action<TimePoint> Say()
    {
        var next = SayEvery.TotalSeconds;
        return point =>
        {
            if (point.Seconds >= next)
            {
                next += SayEvery.TotalSeconds;
                say(FormattableString.Invariant($"{point.Seconds,5:N0} s  {point.AppliedPerSecond,9:N0}/s  lag {point.Lag,9:N0}  p95 {point.P95Ms ?? 0,7:N0} ms  {(point.Seconds > plan.WarmUpDuration.TotalSeconds ? "measured" : "warm-up")}"));
            }
        };
    }
}
