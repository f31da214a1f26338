namespace Orleans.Streaming.Kafka;

/// <summary>
/// The bounded hand-over of one partition from the consumer's thread to its agent. The thread collects records without a lock and flushes
/// them in chunks; the agent takes up to a batch. The thread pauses the partition when the bound is reached.
/// </summary>
internal sealed class PartitionBuffer<T>(int partition, long epoch, int maxRecords) : IBatchSource
{
    /// <summary>Records that the thread collects before it takes the lock.</summary>
    public const int ChunkRecords = 256;

    private readonly Lock _lock = new();
    private readonly KafkaRecord<T>[] _chunk = new KafkaRecord<T>[ChunkRecords];
    private KafkaRecord<T>[] _ring = new KafkaRecord<T>[Math.Min(1024, maxRecords + ChunkRecords)];
    private int _head;
    private volatile int _count;
    private int _chunkCount;
    private bool _seeking;
    private TaskCompletionSource? _waiter;
    private long _nextOffset;
    private long _deliveredBefore;
    private long? _redelivery;

    public int Partition { get; } = partition;

    public long Epoch { get; } = epoch;

    public long StartOffset { get; private set; }

    public long NextOffset
    {
        get
        {
            lock (_lock) return _nextOffset;
        }
    }

    public long DeliveredBefore
    {
        set => Volatile.Write(ref _deliveredBefore, value);
    }

    /// <summary>Another place was asked for, and the consumer has not begun to read there.</summary>
    public bool IsSeeking
    {
        get
        {
            lock (_lock) return _seeking;
        }
    }

    /// <summary>Reading began at the log's start for want of a position, and nothing has come yet: retention may move that start.</summary>
    public bool StartsAtLogStart { get; private set; }

    /// <summary>Only the consumer's thread looks at it.</summary>
    public bool IsPaused { get; set; }

    /// <summary>An error of the partition has been reported that its next record takes back. Only the consumer's thread looks at it.</summary>
    public bool HasFault { get; set; }

    /// <summary>Where librdkafka reads next: behind what is held here.</summary>
    public long ReadOffset
    {
        get
        {
            lock (_lock) return _count == 0 ? _nextOffset : _ring[(_head + _count - 1) % _ring.Length].Offset + 1;
        }
    }

    /// <summary>Told that <see cref="Seek"/> was called; set before the partition is assigned.</summary>
    public Action<PartitionBuffer<T>>? SeekRequested { get; set; }

    /// <summary>Records held, what the thread has not flushed included.</summary>
    public int Count => _count + _chunkCount;

    public bool IsFull => Count >= maxRecords;

    public bool IsHalfEmpty => Count <= maxRecords / 2;

    /// <summary>Sets where reading begins, before the partition is assigned.</summary>
    /// <param name="offset">The first offset to read.</param>
    /// <param name="isLogStart">Whether that is the log's start for want of a position.</param>
    public void Start(long offset, bool isLogStart)
    {
        StartsAtLogStart = isLogStart;
        lock (_lock)
        {
            StartOffset = offset;
            _nextOffset = offset;
        }
    }

    /// <summary>Consumer's thread: adds a record; true when the chunk wants flushing.</summary>
    public bool Add(in KafkaRecord<T> record)
    {
        _chunk[_chunkCount++] = record;
        return _chunkCount == ChunkRecords;
    }

    /// <summary>
    /// Consumer's thread: hands the chunk over, or drops it when the agent has asked for another place meanwhile; the chunk's size.
    /// </summary>
    public int Flush()
    {
        var records = _chunkCount;
        if (records == 0) return 0;
        StartsAtLogStart = false;
        TaskCompletionSource? waiter = null;
        lock (_lock)
        {
            if (!_seeking)
            {
                Grow(_count + _chunkCount);
                for (var i = 0; i < _chunkCount; i++) _ring[(_head + _count + i) % _ring.Length] = _chunk[i];
                _count += _chunkCount;
                (waiter, _waiter) = (_waiter, null);
            }
        }
        Array.Clear(_chunk, 0, _chunkCount);
        _chunkCount = 0;
        waiter?.TrySetResult();
        return records;
    }

    /// <summary>Consumer's thread: from now on records come from the place that was asked for; its offset.</summary>
    public long BeginSeek()
    {
        Array.Clear(_chunk, 0, _chunkCount);
        _chunkCount = 0;
        lock (_lock)
        {
            _seeking = false;
            return _nextOffset;
        }
    }

    public void Seek(long offset)
    {
        lock (_lock)
        {
            Array.Clear(_ring);
            _head = 0;
            _count = 0;
            _nextOffset = offset;
            _seeking = true;
        }
        SeekRequested?.Invoke(this);
    }

    /// <summary>Takes up to <paramref name="maxBatchRecords"/> records; null when there are none.</summary>
    public KafkaBatch<T>? TryTake(int maxBatchRecords)
    {
        lock (_lock)
        {
            var count = Math.Min(_count, maxBatchRecords);
            if (count == 0) return null;
            var records = new KafkaRecord<T>[count];
            var untilEnd = Math.Min(count, _ring.Length - _head);
            Array.Copy(_ring, _head, records, 0, untilEnd);
            Array.Copy(_ring, 0, records, untilEnd, count - untilEnd);
            // The values belong to the batch now: what the ring kept would hold them in memory.
            Array.Clear(_ring, _head, untilEnd);
            Array.Clear(_ring, 0, count - untilEnd);
            _head = (_head + count) % _ring.Length;
            _count -= count;
            var batch = new KafkaBatch<T>(Partition, Epoch, _nextOffset, records);
            _nextOffset = batch.LastOffset + 1;
            return batch;
        }
    }

    /// <summary>
    /// Any thread: what was delivered from an offset on shall be delivered again. Whether that is anything is decided at once: when the agent
    /// takes the request, the subscriber may have had more.
    /// </summary>
    public void RequestRedelivery(long offset)
    {
        if (offset >= Volatile.Read(ref _deliveredBefore)) return;
        lock (_lock) _redelivery = offset < _redelivery ? offset : _redelivery ?? offset;
    }

    /// <summary>The offset from which to deliver again; null when nobody has asked since the last time.</summary>
    public long? TakeRedelivery()
    {
        lock (_lock)
        {
            var offset = _redelivery;
            _redelivery = null;
            return offset;
        }
    }

    /// <summary>Completes when there is a record to take.</summary>
    public Task WhenAny()
    {
        lock (_lock)
        {
            if (_count > 0) return Task.CompletedTask;
            return (_waiter ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Grow(int needed)
    {
        if (needed <= _ring.Length) return;
        var larger = new KafkaRecord<T>[Math.Max(needed, _ring.Length * 2)];
        for (var i = 0; i < _count; i++) larger[i] = _ring[(_head + i) % _ring.Length];
        _ring = larger;
        _head = 0;
    }
}
