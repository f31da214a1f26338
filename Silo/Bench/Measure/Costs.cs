using System.Diagnostics;
using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Measure;

/// <summary>What the parts of a rig cost.</summary>
internal static class Costs
{
    private const double BytesPerMebibyte = 1024 * 1024;

    public static PerPart<TimeSpan?> Processor(BenchRig rig) => Of(rig, meter => meter?.Processor);

    public static PerPart<double?> PeakMebibytes(BenchRig rig) =>
        Of(rig, meter => meter?.PeakBytes is { } bytes ? Math.Round(bytes / BytesPerMebibyte, 1) : (double?)null);

    /// <summary>Processor seconds for a million transactions applied between two snapshots.</summary>
    public static PerPart<double?> SecondsPerMillion(Snapshot from, Snapshot to)
    {
        var millions = (to.State.Applied - from.State.Applied) / 1e6;
        return new(
            Difference(from.Processor.Silo, to.Processor.Silo),
            Difference(from.Processor.Broker, to.Processor.Broker),
            Difference(from.Processor.Database, to.Processor.Database),
            Difference(from.Processor.Generator, to.Processor.Generator));

        double? Difference(TimeSpan? before, TimeSpan? after) =>
            millions > 0 && before is { } a && after is { } b ? Math.Round((b - a).TotalSeconds / millions, 2) : null;
    }

    /// <summary>How many processors others kept busy between two snapshots; null when it cannot be told.</summary>
    public static double? ProcessorsOfOthers(Snapshot from, Snapshot to)
    {
        if (to.MachineProcessor - from.MachineProcessor is not { } all)
        {
            return null;
        }

        var ours = Sum(to.Processor) - Sum(from.Processor);
        return Math.Round(Math.Max(0, (all - ours) / Stopwatch.GetElapsedTime(from.At, to.At)), 2);

        static TimeSpan Sum(PerPart<TimeSpan?> parts) =>
            (parts.Silo ?? default) + (parts.Broker ?? default) + (parts.Database ?? default) + (parts.Generator ?? default);
    }

    private static PerPart<T> Of<T>(BenchRig rig, Func<ICostMeter?, T> read) =>
        new(read(rig.Silos.Meter), read(rig.Log.Broker?.Meter), read(rig.Store.Meter), read(rig.Generator));
}
