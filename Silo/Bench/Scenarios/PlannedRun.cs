using System.Diagnostics;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Measure;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>Load by a plan on a silo that runs: warm-up, then what is measured, with live reads and probes beside it.</summary>
internal sealed class PlannedRun(BenchRig rig, BenchOptions options, string runId, Action<string> say)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);
    private bool _isMeasured;

    /// <summary>Runs the plan and fills in what it found.</summary>
    /// <exception cref="BenchException">It could not be carried out.</exception>
    public async Task<BenchReport> RunAsync(LoadPlan plan, BenchReport report, CancellationToken cancellationToken)
    {
        await rig.StartSiloAsync(cancellationToken);
        var loop = new OpenLoop(plan.Schedule, TimeProvider.System);
        var series = new TimeSeries(rig, Period);
        var reads = options.ReadsPerSecond > 0 ? new LiveReads(rig, plan.Main, options.ReadsPerSecond, options.Seed) : null;
        var probe = new VisibilityProbe(rig, runId);
        using var beside = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var zero = await Snapshot.TakeAsync(rig, cancellationToken);
        var load = Task.Factory.StartNew(
            () => loop.Run(plan.SendTo(rig.Client), Thread.Sleep, beside.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var course = series.RunAsync(zero, Say(), beside.Token);
        Task[] others = [probe.RunAsync(() => _isMeasured, beside.Token), reads?.RunAsync(() => _isMeasured, beside.Token) ?? Task.CompletedTask];
        try
        {
            var first = First < plan.WarmUpDuration + plan.MeasuredDuration ? First : plan.WarmUpDuration + plan.MeasuredDuration;
            Snapshot? firstTen = null, from = null;
            foreach (var moment in new[] { first, plan.WarmUpDuration }.Order().Distinct())
            {
                await UntilAsync(zero, moment, load, cancellationToken);
                var snapshot = moment == TimeSpan.Zero ? zero : await Snapshot.TakeAsync(rig, cancellationToken);
                firstTen = moment == first ? snapshot : firstTen;
                if (moment == plan.WarmUpDuration)
                {
                    (from, _isMeasured) = (snapshot, true);
                }
            }

            await UntilAsync(zero, plan.WarmUpDuration + plan.MeasuredDuration, load, cancellationToken);
            var to = await Snapshot.TakeAsync(rig, cancellationToken);
            _isMeasured = false;
            await load;
            await beside.CancelAsync();
            await Task.WhenAll([course, .. others]);
            rig.Client.Flush();
            var applied = await Verification.ApplyAllAsync(rig, cancellationToken);
            return Fill(report, plan, zero, firstTen!, from!, to, applied, series) with
            {
                VisibleMs = Latencies.Figures(probe.Micros, 1_000),
                LiveReadMs = reads is null ? null : Latencies.Figures(reads.Micros, 1_000),
                FailedReads = (reads?.Failed ?? 0) + probe.Unseen,
                GeneratorLateMs = Math.Round(loop.Latest.TotalMilliseconds, 1),
            };
        }
        finally
        {
            await beside.CancelAsync();
            await Task.WhenAll([load, course, .. others]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private BenchReport Fill(
        BenchReport report, LoadPlan plan, Snapshot zero, Snapshot firstTen, Snapshot from, Snapshot to, Snapshot applied, TimeSeries series)
    {
        var seconds = Stopwatch.GetElapsedTime(from.At, to.At).TotalSeconds;
        var count = to.State.Applied - from.State.Applied;
        var pauseMs = to.State.GcPauseMs - from.State.GcPauseMs;
        var sustained = count / seconds;
        var target = plan.Measured.Sum(stretch => (double)stretch.Pace.Count) / plan.MeasuredDuration.TotalSeconds;
        return report with
        {
            SustainedPerSecond = Math.Round(sustained, 1),
            LatencyMs = Latencies.Figures(Latencies.Between(from.State, applied.State), 1),
            FirstTenSecondsMs = Latencies.Figures(Latencies.Between(zero.State, firstTen.State), 1),
            StoreRowsPerSecond = options.ComputeOnly ? null : Math.Round((to.State.Durable - from.State.Durable) / seconds),
            CpuSecondsPerMillion = Costs.SecondsPerMillion(from, to),
            ProcessorsOfOthers = Costs.ProcessorsOfOthers(from, to),
            PeakMemoryMebibytes = Costs.PeakMebibytes(rig),
            AllocatedBytesPerTransaction = count > 0 ? Math.Round((to.State.AllocatedBytes - from.State.AllocatedBytes) / (double)count) : null,
            Gc = new(
                to.State.GcMode,
                to.State.Collections[0] - from.State.Collections[0],
                to.State.Collections[1] - from.State.Collections[1],
                to.State.Collections[2] - from.State.Collections[2],
                Math.Round(pauseMs, 1),
                Math.Round(pauseMs / seconds / 10, 2),
                Math.Round(Math.Max(series.LongestGcPauseMs, to.State.LongestGcPauseMs), 1)),
            LargestLag = series.Points.Select(point => point.Lag).DefaultIfEmpty().Max(),
            LagOverTime = series.Points,
            Problems = sustained < target * 0.98
                ? [FormattableString.Invariant($"Only {sustained:N0}/s of {target:N0}/s were sustained; lag grew from {from.Lag:N0} to {to.Lag:N0} records.")]
                : [],
        };
    }

    private static async Task UntilAsync(Snapshot start, TimeSpan moment, Task load, CancellationToken cancellationToken)
    {
        var rest = moment - Stopwatch.GetElapsedTime(start.At);
        if (rest > TimeSpan.Zero && await Task.WhenAny(load, Task.Delay(rest, cancellationToken)) == load)
        {
            // It ends a little before the last moment; a failure shows here.
            await load;
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
                say(FormattableString.Invariant($"{point.Seconds,5:N0} s  {point.AppliedPerSecond,9:N0}/s  lag {point.Lag,9:N0}  p95 {point.P95Ms ?? 0,7:N0} ms  {(_isMeasured ? "measured" : "warm-up")}"));
            }
        };
    }
}
