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

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountAcknowledged() => Interlocked.Increment(ref _acknowledged);

    public void CountFailed(string reason)
    {
        Interlocked.Increment(ref _failed);
        Interlocked.CompareExchange(ref _firstFailure, reason, null);
    }
}
