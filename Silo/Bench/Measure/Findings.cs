using System.Diagnostics;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Measure;

/// <summary>What follows from two snapshots of a run.</summary>
internal static class Findings
{
    private const double PerCent = 100;

    // Twice the checkpoint's interval, and a second for the commit.
    private static readonly TimeSpan KeepsUp = TimeSpan.FromSeconds(3);

    /// <summary>Fills in costs and rates between two snapshots, and the course around them.</summary>
    public static BenchReport WithCosts(this BenchReport report, BenchRig rig, Snapshot from, Snapshot to, TimeSeries series)
    {
        var elapsed = Stopwatch.GetElapsedTime(from.At, to.At);
        var count = to.State.Applied - from.State.Applied;
        var pauseMs = to.State.GcPauseMs - from.State.GcPauseMs;
        return report with
        {
            StoreRowsPerSecond = rig.Store.KeepsRows ? Math.Round((to.State.Durable - from.State.Durable) / elapsed.TotalSeconds) : null,
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
                Math.Round(pauseMs / elapsed.TotalMilliseconds * PerCent, 2),
                Math.Round(Math.Max(series.LongestGcPauseMs(from), to.State.LongestGcPauseMs), 1)),
            LargestLag = series.Points.Select(point => point.Lag).DefaultIfEmpty().Max(),
            LagOverTime = series.Points,
        };
    }

    /// <summary>
    /// Says so when the store was behind by then; null when it keeps up, or nothing is kept. A silo may run ahead of its store for as long as
    /// its bounds allow, which is not sustained.
    /// </summary>
    public static string? StoreIsBehind(bool keepsRows, long undurable, double perSecond) =>
        keepsRows && undurable > perSecond * KeepsUp.TotalSeconds
            ? FormattableString.Invariant($"{undurable:N0} records were applied and not durable in the end")
            : null;

    /// <summary>
    /// The rate that was sustained between two snapshots: what was sent per second, less what the lag grew by. A backlog from before that was
    /// worked off meanwhile does not count: nobody offered that rate.
    /// </summary>
    public static double SustainedPerSecond(Snapshot from, Snapshot to) =>
        Math.Min(to.State.Applied - from.State.Applied, to.Sent - from.Sent) / Stopwatch.GetElapsedTime(from.At, to.At).TotalSeconds;

    /// <summary>Records applied per second between two snapshots, whenever they were sent.</summary>
    public static double AppliedPerSecond(Snapshot from, Snapshot to) =>
        (to.State.Applied - from.State.Applied) / Stopwatch.GetElapsedTime(from.At, to.At).TotalSeconds;
}
