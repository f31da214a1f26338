namespace Analytics.Silo.Traffic;

/// <summary>Live counts of a run; read by any thread.</summary>
internal sealed class TrafficProgress
{
    private long _sent;
    private long _acknowledged;
    private long _failed;
    private string? _firstFailure;

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Acknowledged by every in-sync replica.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Given up by the client; some may have been written.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Why the first one failed; null when none did.</summary>
    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    /// <summary>Counts that fit together: never more acknowledged and failed than sent.</summary>
    public (long Sent, long Acknowledged, long Failed) Read()
    {
        // In this order, because the others follow what was sent.
        var (acknowledged, failed) = (Acknowledged, Failed);
        return (Sent, acknowledged, failed);
    }

    /// <summary>How much of a source is done.</summary>
    /// <param name="read">How much of it has been read, 0 to 1.</param>
    /// <returns>0 to 1: the part of what was read that is acknowledged or given up.</returns>
    public double Done(double read)
    {
        var (sent, acknowledged, failed) = Read();
        return sent == 0 ? 0 : Math.Clamp(read, 0, 1) * Math.Min(1, (double)(acknowledged + failed) / sent);
    }

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountAcknowledged() => Interlocked.Increment(ref _acknowledged);

    public void CountFailed(string reason)
    {
        Interlocked.Increment(ref _failed);
        Interlocked.CompareExchange(ref _firstFailure, reason, null);
    }
}
