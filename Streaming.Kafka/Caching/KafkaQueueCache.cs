using System.Diagnostics.CodeAnalysis;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// The batches of one partition between being read and being delivered to every subscriber, in offset order. There is no cache miss: a
/// position that is no longer here is read again from Kafka. Runs on its agent's scheduler only, so it has no locks.
/// </summary>
/// <remarks>
/// A batch leaves when every cursor is past it, and cursors pass a batch only by asking for the next one after a delivery that did not
/// fail. Without any cursor nothing leaves: a batch that nobody has seen is not delivered, and Kafka keeps the backlog.
/// </remarks>
internal sealed class KafkaQueueCache<T>(IBatchSource source, int maxBatches) : IQueueCache
{
    private readonly List<KafkaBatchContainer<T>> _batches = [];
    private readonly List<KafkaCacheCursor<T>> _cursors = [];
    private TaskCompletionSource? _room;

    /// <summary>Everything before this offset has been delivered to every subscriber; kept when the last cursor goes, for the last commit.</summary>
    private long Delivered
    {
        get;
        set
        {
            field = value;
            source.DeliveredBefore = value;
        }
    } = -1;

    /// <summary>Whether another batch may be read. Batches that every cursor is past do not count; the next purge takes them.</summary>
    public bool HasRoom => _batches.Count - DeliveredCount() < maxBatches;

    /// <summary>Set while nobody reads: handing this batch to the agent once more makes it register the stream again.</summary>
    public KafkaBatchContainer<T>? Unclaimed =>
        _cursors.Count == 0 ? _batches.Find(container => container.Batch.LastOffset >= Delivered) : null;

    /// <summary>The first offset that can be delivered without reading it again.</summary>
    private long OldestOffset => _batches.Count > 0 ? _batches[0].Batch.ContinuesFromOffset : source.NextOffset;

    /// <summary>The agent reads one batch at a time; how many it may hold is <see cref="HasRoom"/>.</summary>
    public int GetMaxAddCount() => 1;

    /// <summary>Never: the receiver waits for room itself, which ends at once instead of at the agent's next tick.</summary>
    public bool IsUnderPressure() => false;

    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var message in messages)
        {
            var container = (KafkaBatchContainer<T>)message;
            // Neither one that was read before a seek, nor one that Unclaimed shows again.
            var continues = _batches.Count == 0 || container.Batch.ContinuesFromOffset == _batches[^1].Batch.LastOffset + 1;
            if (continues && container.Batch.LastOffset + 1 == source.NextOffset) _batches.Add(container);
        }
    }

    public bool TryPurgeFromCache([MaybeNullWhen(false)] out IList<IBatchContainer> purgedItems)
    {
        var count = DeliveredCount();
        purgedItems = count == 0 ? null : [.. _batches[..count]];
        _batches.RemoveRange(0, count);
        return count > 0;
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
    {
        var (next, marker) = Resolve(streamId, token);
        var cursor = new KafkaCacheCursor<T>(this, token, next, marker);
        _cursors.Add(cursor);
        Reach(next);
        Delivered = _cursors.Min(each => each.DeliveredBefore);
        return cursor;
    }

    /// <summary>Both positions are the oldest batch that is here: to begin at a later one would skip it.</summary>
    public QueueCacheCursorResult<IQueueCacheCursor> TryGetCacheCursorAtPosition(
        StreamId streamId, StreamSubscriptionStartPosition startPosition) =>
        QueueCacheCursorResult<IQueueCacheCursor>.FromCursor(GetCacheCursor(streamId, null));

    /// <summary>
    /// Delivers again, to every subscriber, what all of them were delivered from an offset on; nothing when that is yet to come. No earlier
    /// than where this owner began to read.
    /// </summary>
    public void DeliverFrom(long offset)
    {
        offset = Math.Max(offset, source.StartOffset);
        if (offset >= Delivered) return;
        foreach (var cursor in _cursors) cursor.Rewind(offset);
        Delivered = offset;
        // Read anew, also when it is still here: Orleans asks an idle cursor, and registers a stream without any, when something was read.
        _batches.Clear();
        source.Seek(offset);
        OnProgress();
    }

    /// <summary>Completes when there may be room.</summary>
    public Task WhenRoom()
    {
        if (HasRoom) return Task.CompletedTask;
        return (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>The first batch that has a record at <paramref name="next"/> or later, cut to begin there; null when it is yet to be read.</summary>
    internal KafkaBatchContainer<T>? Find(long next)
    {
        Reach(next);
        foreach (var container in _batches)
        {
            if (container.Batch.LastOffset < next) continue;
            return container.Batch.Records[0].Offset >= next ? container : container.From(next);
        }
        return null;
    }

    internal void Remove(KafkaCacheCursor<T> cursor)
    {
        if (_cursors.Remove(cursor)) OnProgress();
    }

    internal void OnProgress()
    {
        if (_cursors.Count > 0) Delivered = _cursors.Min(cursor => cursor.DeliveredBefore);
        if (_room is not { } room || !HasRoom) return;
        _room = null;
        room.SetResult();
    }

    private int DeliveredCount()
    {
        var count = 0;
        while (count < _batches.Count && _batches[count].Batch.LastOffset < Delivered) count++;
        return count;
    }

    /// <summary>
    /// What a token means. Before a record: from there on, and a marker for Orleans to step over. After a record: what follows it, but when
    /// it is the token of a batch that is here, that batch: Orleans asks so both to register a stream with its first batch (and delivers what
    /// it gets) and for a subscriber that has finished the batch (and then steps over it).
    /// </summary>
    private (long Next, StartMarkerContainer? Marker) Resolve(StreamId streamId, StreamSequenceToken? token)
    {
        if (token is null) return (OldestOffset, null);
        // A place in another life of the log says nothing about this one's offsets: all of it is yet to be delivered. The marker keeps
        // Orleans from stepping over what it takes for older.
        if (token is KafkaSequenceToken position && position.Epoch != source.Epoch)
            return (source.StartOffset, new StartMarkerContainer(streamId, token));
        if (token.EventIndex == 0) return (token.SequenceNumber, new StartMarkerContainer(streamId, token));
        var batch = _batches.Find(container => container.SequenceToken.Equals(token));
        if (batch is not null) return (batch.Batch.Records[0].Offset, null);
        // A subscriber's seek may have emptied the cache while the stream's first batch is still being registered.
        var pin = _cursors.Find(cursor => cursor.IsUnmoved && token.Equals(cursor.Origin));
        return pin is not null ? (pin.DeliveredBefore, null) : (token.SequenceNumber + 1, null);
    }

    private void Reach(long offset)
    {
        if (offset >= OldestOffset) return;
        _batches.Clear();
        source.Seek(offset);
        OnProgress();
    }
}
