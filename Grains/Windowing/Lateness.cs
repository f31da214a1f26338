using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>When an event is late (DESIGN.md section 3).</summary>
internal static class Lateness
{
    /// <summary>How far the watermark stays behind the largest event time seen: the disorder that is normal among producers.</summary>
    public static readonly TimeSpan WatermarkDelay = TimeSpan.FromSeconds(5);

    /// <summary>The watermark for a stream time, or <see cref="UnixMicros.None"/> when nothing was seen.</summary>
    public static long WatermarkMicros(long streamTimeMicros) =>
        streamTimeMicros == UnixMicros.None ? UnixMicros.None : streamTimeMicros - (long)WatermarkDelay.TotalMicroseconds;

    /// <summary>Whether the event's minute closed more than the allowed lateness before the watermark.</summary>
    public static bool IsLate(long occurredAtMicros, long streamTimeMicros, long allowedLatenessMicros)
    {
        if (streamTimeMicros == UnixMicros.None)
        {
            return false;
        }

        var closedAt = (UnixMicros.MinuteOf(occurredAtMicros) + 1) * UnixMicros.PerMinute;
        return closedAt + allowedLatenessMicros < WatermarkMicros(streamTimeMicros);
    }
}
