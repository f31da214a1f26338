using System.Numerics;

namespace Analytics.Telemetry;

/// <summary>
/// Latencies of every record applied since the process started, in milliseconds: exact below 128 ms, beyond that within 1/64 (1.6 %), so that
/// quantiles of any stretch of time follow from two snapshots. Costs one interlocked addition per distinct millisecond of a batch.
/// </summary>
public sealed class LatencyTotals
{
    private const int ExactBits = 7;
    private const int Exact = 1 << ExactBits;
    private const int StepsPerDoubling = Exact / 2;

    // 2^21 ms are 35 minutes; whatever waited longer counts as that.
    private const int LastExponent = 20;

    private readonly long[] _counts = new long[Count];
    private long _firstAtMs;
    private long _lastAtMs;

    /// <summary>Number of buckets.</summary>
    public static int Count => Exact + ((LastExponent - ExactBits + 1) * StepsPerDoubling);

    /// <summary>The bucket of a latency; negative ones count as 0.</summary>
    public static int IndexOf(long milliseconds)
    {
        if (milliseconds < Exact)
        {
            return (int)Math.Max(0, milliseconds);
        }

        var exponent = BitOperations.Log2((ulong)milliseconds);
        return exponent > LastExponent
            ? Count - 1
            : Exact + ((exponent - ExactBits) * StepsPerDoubling) + (int)(milliseconds >> (exponent - ExactBits + 1)) - StepsPerDoubling;
    }

    /// <summary>The largest latency that a bucket holds, in milliseconds.</summary>
    public static long UpperBoundMs(int index)
    {
        if (index < Exact)
        {
            return index;
        }

        var (doubling, step) = Math.DivRem(index - Exact, StepsPerDoubling);
        return ((long)(StepsPerDoubling + step + 1) << (doubling + 1)) - 1;
    }

    /// <summary>When the first record was, in milliseconds of <see cref="Environment.TickCount64"/>; 0 when there was none.</summary>
    public long FirstAtMs => Interlocked.Read(ref _firstAtMs);

    /// <summary>When the last record was so far, in the same.</summary>
    public long LastAtMs => Interlocked.Read(ref _lastAtMs);

    /// <summary>Safe to call from many threads.</summary>
    public void Record(long milliseconds, long count)
    {
        Interlocked.Add(ref _counts[IndexOf(milliseconds)], count);
        var now = Environment.TickCount64;
        Volatile.Write(ref _lastAtMs, now);
        if (Volatile.Read(ref _firstAtMs) == 0)
        {
            Interlocked.CompareExchange(ref _firstAtMs, now, 0);
        }
    }

    /// <summary>A copy; records that are being applied meanwhile may or may not be in it.</summary>
    public long[] Snapshot()
    {
        var copy = new long[_counts.Length];
        for (var i = 0; i < copy.Length; i++)
        {
            copy[i] = Interlocked.Read(ref _counts[i]);
        }

        return copy;
    }
}
