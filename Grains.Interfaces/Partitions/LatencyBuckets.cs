namespace Analytics.Partitions;

/// <summary>
/// Logarithmic latency buckets, eight to a doubling (9 % wide) from 1 ms to 2^20 ms: histograms of many partitions and silos add up by index.
/// </summary>
public static class LatencyBuckets
{
    public const int Count = 161;

    /// <summary>The bucket for a latency; below 1 ms the first, beyond the last bound the last.</summary>
    public static int IndexOf(double milliseconds) =>
        milliseconds <= 1 ? 0 : (int)Math.Min(Count - 1, Math.Ceiling(Math.Log2(milliseconds) * 8));

    /// <summary>The inclusive upper bound of a bucket, in milliseconds.</summary>
    public static double UpperBoundMs(int index) => Math.Pow(2, index / 8.0);

    /// <summary>The upper bound of the bucket that holds the given quantile (0 to 1); 0 when the histogram is empty.</summary>
    public static double QuantileMs(ReadOnlySpan<long> histogram, double quantile)
    {
        long total = 0;
        foreach (var count in histogram)
        {
            total += count;
        }

        var wanted = (long)Math.Ceiling(total * quantile);
        long seen = 0;
        for (var i = 0; i < histogram.Length && total > 0; i++)
        {
            seen += histogram[i];
            if (seen >= wanted)
            {
                return UpperBoundMs(i);
            }
        }

        return 0;
    }
}
