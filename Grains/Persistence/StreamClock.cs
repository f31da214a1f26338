using System.Collections.Concurrent;
using Analytics.Transactions;

namespace Analytics.Persistence;

/// <summary>What the silo knows of stream time and of how far its partitions are behind. Thread safe.</summary>
internal sealed class StreamClock(TimeProvider time)
{
    private readonly ConcurrentDictionary<int, long> _waitingSinceMs = new();
    private long _streamTimeMicros = UnixMicros.None;

    /// <summary>The largest event time accepted so far, microseconds since the Unix epoch; <see cref="UnixMicros.None"/> before the first.</summary>
    public long StreamTimeMicros => Volatile.Read(ref _streamTimeMicros);

    /// <summary>Moves stream time forward; never back.</summary>
    public void Advance(long streamTimeMicros)
    {
        var known = Volatile.Read(ref _streamTimeMicros);
        while (streamTimeMicros > known)
        {
            var seen = Interlocked.CompareExchange(ref _streamTimeMicros, streamTimeMicros, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>Stream time, never ahead of the wall clock; the wall clock before the first event.</summary>
    public DateTimeOffset AsOf()
    {
        var now = time.GetUtcNow();
        var streamTime = StreamTimeMicros;
        return streamTime == UnixMicros.None || streamTime > UnixMicros.From(now) ? now : UnixMicros.ToDateTimeOffset(streamTime);
    }

    /// <summary>Notes since when a partition's oldest record that is not applied has been in the log; null when none waits.</summary>
    public void Waiting(int partition, long? sinceUnixMs)
    {
        if (sinceUnixMs is { } since)
        {
            _waitingSinceMs[partition] = since;
        }
        else
        {
            _waitingSinceMs.TryRemove(partition, out _);
        }
    }

    /// <summary>How long the oldest record not applied has waited, over the silo's partitions.</summary>
    public TimeSpan Lag()
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        long lagMs = 0;
        foreach (var (_, since) in _waitingSinceMs)
        {
            lagMs = Math.Max(lagMs, now - since);
        }

        return TimeSpan.FromMilliseconds(lagMs);
    }
}
