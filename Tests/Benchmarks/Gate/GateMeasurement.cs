using System.Diagnostics;

namespace Analytics.Benchmarks.Gate;

/// <summary>
/// Measures a part between two runs of the reference, again and again: another process that takes the machine for a while slows all three, and
/// one that takes it for a moment spoils one pair of many, which a median does not mind.
/// </summary>
internal static class GateMeasurement
{
    private const int WarmUps = 5;
    private const int Pairs = 41;

    public static GateFigures Measure(GatePart part)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            part.Prepare();
            part.Run();
            Reference.Run();
        }

        // The fewest of a few: what another thread of the runtime causes can only add.
        var bytes = Enumerable.Range(0, WarmUps).Min(_ => AllocatedBy(part)) / (double)part.PerRun;
        var ratios = new double[Pairs];
        var before = TimeOfReference();
        for (var i = 0; i < Pairs; i++)
        {
            var time = TimeOf(part);
            var after = TimeOfReference();
            ratios[i] = time * 2 / (before + after);
            before = after;
        }

        Array.Sort(ratios);
        return new(ratios[Pairs / 2], Math.Round(bytes, 1));
    }

    private static long AllocatedBy(GatePart part)
    {
        part.Prepare();
        var before = GC.GetAllocatedBytesForCurrentThread();
        part.Run();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static double TimeOf(GatePart part)
    {
        part.Prepare();

        // The rest of the last run is not this one's cost; its own garbage is.
        GC.Collect();
        var start = Stopwatch.GetTimestamp();
        part.Run();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static double TimeOfReference()
    {
        GC.Collect();
        var start = Stopwatch.GetTimestamp();
        Reference.Run();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }
}
