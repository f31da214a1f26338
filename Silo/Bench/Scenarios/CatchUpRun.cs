using System.Diagnostics;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Measure;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>Fills the log as fast as it goes, then starts the silo and measures until it has applied everything.</summary>
internal sealed class CatchUpRun(BenchRig rig, BenchOptions options, ILoadSource source, Action<string> say) : IScenarioRun
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    public async Task<BenchReport> RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await Task.Factory.StartNew(Fill, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
        await rig.StartSilosAsync(cancellationToken);
        var start = await Snapshot.TakeAsync(rig, cancellationToken);
        var series = new TimeSeries(rig, Period);
        using var beside = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var course = series.RunAsync(start, Say(), beside.Token);
        try
        {
            var half = await AfterAsync(options.Backlog / 2, cancellationToken);
            var last = await Verification.ApplyAllAsync(rig, cancellationToken);
            await beside.CancelAsync();
            await course;

            // The store is allowed to be behind; what it still has to do is part of the cost.
            var durable = await Verification.StoreAllAsync(rig, cancellationToken);
            var elapsed = TimeSpan.FromMilliseconds(Math.Max(1, last.State.AppliedWithinMs));
            return report.WithCosts(rig, start, durable, series) with
            {
                TargetPerSecond = 0,
                Seconds = Math.Round(elapsed.TotalSeconds, 1),
                CatchUpPerSecond = Math.Round(last.State.Applied / elapsed.TotalSeconds),
                CatchUpDurablePerSecond = options.ComputeOnly
                    ? null
                    : Math.Round(last.State.Applied / (elapsed + Stopwatch.GetElapsedTime(last.At, durable.At)).TotalSeconds),
                CatchUpSecondHalfPerSecond = SecondHalfPerSecond(half.State, last.State),
            };
        }
        finally
        {
            await beside.CancelAsync();
            await course.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void Fill()
        {
            for (var i = 0; i < options.Backlog && !cancellationToken.IsCancellationRequested; i++)
            {
                source.SendNext(rig.Client, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            }

            rig.Client.Flush();
            var (written, dropped) = rig.Log.Count();
            if (dropped > 0)
            {
                throw new BenchException(
                    $"The broker keeps 5 MB a partition and has dropped {dropped} of {written} records before the silo was started: use more --partitions or a smaller --backlog.");
            }

            say($"the log holds {written:N0} records; starting the silo");
        }
    }

    private static double? SecondHalfPerSecond(BenchState half, BenchState last) => last.AppliedWithinMs > half.AppliedWithinMs
        ? Math.Round((last.Applied - half.Applied) / TimeSpan.FromMilliseconds(last.AppliedWithinMs - half.AppliedWithinMs).TotalSeconds)
        : null;

    private async Task<Snapshot> AfterAsync(long applied, CancellationToken cancellationToken)
    {
        while (true)
        {
            var snapshot = await Snapshot.TakeAsync(rig, cancellationToken);
            if (snapshot.State.Applied >= applied)
            {
                return snapshot;
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }

    private Action<TimePoint> Say()
    {
        var next = 1.0;
        return point =>
        {
            if (point.Seconds >= next)
            {
                next = point.Seconds + 1;
                say(FormattableString.Invariant($"{point.Seconds,5:N1} s  {point.AppliedPerSecond,9:N0}/s  left {point.Lag,10:N0}"));
            }
        };
    }
}
