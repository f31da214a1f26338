using System.Globalization;

namespace Analytics.Silo.Bench.Processes;

/// <summary>
/// Processor time that the whole machine has spent, that taken by its host included: what is not ours of it was work of others, and the more
/// there was, the less a result says. Linux only.
/// </summary>
internal static class MachineMeter
{
    private const double TicksPerSecond = 100;

    /// <summary>Since the machine's start; null when it cannot be told.</summary>
    public static TimeSpan? Busy()
    {
        const string Path = "/proc/stat";
        if (!File.Exists(Path))
        {
            return null;
        }

        // proc(5): cpu user nice system idle iowait irq softirq steal; guests are in user already.
        var fields = File.ReadLines(Path).First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double ticks = 0;
        foreach (var i in (ReadOnlySpan<int>)[1, 2, 3, 6, 7, 8])
        {
            ticks += long.Parse(fields[i], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }
}
