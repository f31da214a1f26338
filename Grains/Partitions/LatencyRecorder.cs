namespace Analytics.Partitions;

/// <summary>Latencies of the last five to ten seconds: two histograms, the older of which is dropped every five seconds.</summary>
internal sealed class LatencyRecorder(TimeProvider time)
{
    private static readonly TimeSpan HalfWindow = TimeSpan.FromSeconds(5);

    private long[] _current = new long[LatencyBuckets.Count];
    private long[] _previous = new long[LatencyBuckets.Count];
    private long _rotatedAt = time.GetTimestamp();

    public void Record(double milliseconds, long count)
    {
        Rotate();
        _current[LatencyBuckets.IndexOf(milliseconds)] += count;
    }

    /// <summary>The sum of both, a copy.</summary>
    public long[] Snapshot()
    {
        Rotate();
        var sum = new long[LatencyBuckets.Count];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] = _current[i] + _previous[i];
        }

        return sum;
    }

    private void Rotate()
    {
        var elapsed = time.GetElapsedTime(_rotatedAt);
        if (elapsed < HalfWindow)
        {
            return;
        }

        (_previous, _current) = (_current, _previous);
        Array.Clear(_current);
        if (elapsed >= HalfWindow * 2)
        {
            Array.Clear(_previous);
        }

        _rotatedAt = time.GetTimestamp();
    }
}
