using System.Globalization;
using Analytics.Silo.Bench.Measure;

namespace Analytics.Silo.Bench.Report;

/// <summary>The report as lines of text.</summary>
internal static class ReportTable
{
    public static IEnumerable<string> Lines(BenchReport report)
    {
        yield return Row("scenario", $"{report.Scenario}, seed {report.Seed}, {report.Accounts:N0} accounts, {report.Merchants:N0} merchants, {report.Partitions} partitions{(report.Silos > 1 ? $", {report.Silos} silos" : "")}");
        yield return Row("store, broker", $"{report.Store}; {report.Broker}");
        yield return Row("machine", $"{report.Machine.Cores} x {report.Machine.Processor ?? "?"}, {report.Machine.MemoryGibibytes} GiB, {report.Machine.Runtime}, {report.Gc?.Mode ?? "?"} GC");
        yield return Row("target", report.TargetPerSecond > 0 ? $"{report.TargetPerSecond:N0}/s for {report.Seconds:N0} s after {report.WarmUpSeconds:N0} s" : "as fast as it goes");
        foreach (var (name, value) in Figures(report))
        {
            if (value is not null)
            {
                yield return Row(name, value);
            }
        }

        foreach (var attempt in report.Tries ?? [])
        {
            yield return Row("try", $"{attempt.PerSecond:N0}/s {(attempt.Sustained ? "sustained" : $"not sustained: {attempt.Why}")}, lag {attempt.LagAtStart:N0} to {attempt.LagAtEnd:N0}, p95 {attempt.P95Ms} ms");
        }

        var totals = report.Totals;
        yield return Row(
            "reconciled",
            $"sent {totals.Sent:N0}, in the log {totals.Written:N0}, accepted {totals.Accepted:N0}"
            + (totals.Rows is null ? ", nothing kept" : $", rows {totals.Rows:N0}, windows {totals.Windows:N0}, differences {totals.WindowDifferences:N0}"));
        yield return Row("lost, doubled", $"{report.Lost:N0}, {report.Doubled:N0}");
        foreach (var problem in report.Problems)
        {
            yield return Row("FAILED", problem);
        }
    }

    private static IEnumerable<(string Name, string? Value)> Figures(BenchReport report)
    {
        yield return ("sustained", report.SustainedPerSecond is { } sustained ? $"{sustained:N0}/s" : null);
        yield return ("catch-up", report.CatchUpPerSecond is { } catchUp
            ? $"{catchUp:N0}/s{(report.CatchUpSecondHalfPerSecond is { } second ? $", in the second half {second:N0}/s" : "")}"
                + (report.CatchUpDurablePerSecond is { } durable ? $", until durable {durable:N0}/s" : "")
            : null);
        yield return ("latency", Text(report.LatencyMs));
        yield return ("first 10 s", Text(report.FirstTenSecondsMs));
        yield return ("visible over HTTP", Text(report.VisibleMs));
        yield return ("live read", Text(report.LiveReadMs));
        yield return ("largest lag", report.LargestLag is { } lag ? $"{lag:N0} records" : null);
        yield return ("store rows", report.StoreRowsPerSecond is { } rows ? $"{rows:N0}/s" : null);
        yield return ("CPU s per million", Text(report.CpuSecondsPerMillion));
        yield return ("CPU of others", report.ProcessorsOfOthers is { } others ? Invariant($"{others:0.##} of {report.Machine.Cores} processors") : null);
        yield return ("peak memory MiB", Text(report.PeakMemoryMebibytes));
        yield return ("GC of the silo", report.Gc is { } gc
            ? Invariant($"gen0/1/2 {gc.Gen0}/{gc.Gen1}/{gc.Gen2}, paused {gc.PauseMs:N0} ms ({gc.PausePercent:N1} %), longest {gc.LongestPauseMs:N1} ms")
            : null);
        yield return ("allocated", report.AllocatedBytesPerTransaction is { } bytes ? $"{bytes:N0} bytes per transaction" : null);
        yield return ("generator late", report.GeneratorLateMs is { } late ? Invariant($"{late:N1} ms at most") : null);
    }

    private static string? Text(LatencyFigures? figures) => figures is null
        ? null
        : Invariant($"p50 {figures.P50:0.##}  p95 {figures.P95:0.##}  p99 {figures.P99:0.##}  p99.9 {figures.P999:0.##}  max {figures.Max:0.##} ms");

    private static string? Text(PerPart<double?>? parts) => parts is null
        ? null
        : $"silo {Number(parts.Silo)}, broker {Number(parts.Broker)}, database {Number(parts.Database)}, generator {Number(parts.Generator)}";

    private static string Number(double? value) => value?.ToString("N1", CultureInfo.InvariantCulture) ?? "-";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Row(string name, string value) => $"{name,-18} {value}";
}
