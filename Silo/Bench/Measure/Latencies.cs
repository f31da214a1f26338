using Analytics.Silo.Bench.Child;
using Analytics.Telemetry;
using HdrHistogram;

namespace Analytics.Silo.Bench.Measure;

/// <summary>Makes distributions of what the silo counted.</summary>
internal static class Latencies
{
    /// <summary>What was applied between two states.</summary>
    public static LongHistogram Between(BenchState from, BenchState to)
    {
        var histogram = new LongHistogram(TimeSpan.FromDays(1).Ticks / TimeSpan.TicksPerMillisecond, 3);
        var before = from.LatencyIndexes.Zip(from.LatencyCounts).ToDictionary(pair => pair.First, pair => pair.Second);
        foreach (var (index, count) in to.LatencyIndexes.Zip(to.LatencyCounts))
        {
            if (count - before.GetValueOrDefault(index) is > 0 and var added)
            {
                histogram.RecordValueWithCount(LatencyTotals.UpperBoundMs(index), added);
            }
        }

        return histogram;
    }

    /// <param name="histogram">Its values.</param>
    /// <param name="perMillisecond">How many of its units are a millisecond.</param>
    /// <returns>Null when it is empty.</returns>
    public static LatencyFigures? Figures(HistogramBase histogram, double perMillisecond) => histogram.TotalCount == 0 ? null : new()
    {
        P50 = At(histogram, 50, perMillisecond),
        P95 = At(histogram, 95, perMillisecond),
        P99 = At(histogram, 99, perMillisecond),
        P999 = At(histogram, 99.9, perMillisecond),
        Max = At(histogram, 100, perMillisecond),
        Count = histogram.TotalCount,
    };

    private static double At(HistogramBase histogram, double percentile, double perMillisecond) =>
        Math.Round(histogram.GetValueAtPercentile(percentile) / perMillisecond, 2);
}
