namespace Analytics.Partitions;

/// <summary>Events per second over the last few seconds, from a count that only grows.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    private readonly Queue<(long At, long Count)> _samples = new();

    /// <summary>Takes the count now, and gives the rate between the oldest sample of the window and now.</summary>
    public double Sample(long count)
    {
        var now = time.GetTimestamp();
        _samples.Enqueue((now, count));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().At, now) > Window)
        {
            _samples.Dequeue();
        }

        var (at, before) = _samples.Peek();
        var seconds = time.GetElapsedTime(at, now).TotalSeconds;
        return seconds <= 0 ? 0 : (count - before) / seconds;
    }
}
