using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// One subscriber's place, kept as an offset: whatever the cache drops or reads again, the subscriber gets each record from there on.
/// Nothing here throws, because Orleans answers an exception with a cursor at a place of its own choosing.
/// </summary>
internal sealed class KafkaCacheCursor<T>(KafkaQueueCache<T> cache, StreamSequenceToken? origin, long next, StartMarkerContainer? marker)
    : IQueueCacheCursor
{
    private StartMarkerContainer? _marker = marker;
    private IBatchContainer? _current;
    private long _next = next;
    private bool _failed;
    private bool _disposed;

    /// <summary>The token that the cursor was asked for.</summary>
    public StreamSequenceToken? Origin { get; } = origin;

    /// <summary>Every record before this offset has been delivered to the subscriber, or was not asked for.</summary>
    public long DeliveredBefore { get; private set; } = next;

    /// <summary>No batch has been shown yet.</summary>
    public bool IsUnmoved { get; private set; } = true;

    public IBatchContainer? GetCurrent(out Exception? exception)
    {
        exception = null;
        return _current;
    }

    public bool MoveNext()
    {
        if (_disposed) return false;
        if (_failed)
        {
            _failed = false;
            return _current is not null;
        }
        if (_marker is { } shown)
        {
            _marker = null;
            _current = shown;
            return true;
        }
        if (DeliveredBefore != _next)
        {
            // Asked for more without a failure: what was shown last has been delivered.
            DeliveredBefore = _next;
            cache.OnProgress();
        }
        var found = cache.Find(_next);
        _current = found;
        if (found is null) return false;
        IsUnmoved = false;
        _next = found.Batch.LastOffset + 1;
        return true;
    }

    /// <summary>
    /// Orleans has given the current batch up (after <c>MaxEventDeliveryTime</c>) and is about to move on. The cursor shows it again, and
    /// again: a pause of any length never becomes a skipped batch.
    /// </summary>
    public void RecordDeliveryFailure() => _failed = _current is not null;

    /// <summary>Shows next what begins at an offset, which lies before <see cref="DeliveredBefore"/>.</summary>
    public void Rewind(long offset)
    {
        DeliveredBefore = offset;
        _next = offset;
        _current = null;
        _failed = false;
    }

    /// <summary>Nothing to do: <see cref="MoveNext"/> looks at the cache as it is.</summary>
    public void Refresh(StreamSequenceToken token)
    {
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _current = null;
        cache.Remove(this);
    }
}
