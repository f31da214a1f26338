using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// The silo's one consumer of a topic, on a thread of its own: reads, decodes, and deals records out to the partitions' buffers. What
/// changes the assignment is done between two polls, on that thread; calls that block for an answer of the cluster are made elsewhere.
/// </summary>
internal sealed class KafkaConsumer<T> : IAsyncDisposable
{
    /// <summary>How long a poll waits when there is nothing: the longest that a command waits. A record ends the wait at once.</summary>
    private const int IdlePollMs = 10;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OutageProbePeriod = TimeSpan.FromSeconds(1);
    private readonly KafkaStreamOptions _options;
    private readonly KafkaStreamControl _control;
    private readonly ILogger _logger;
    private readonly KafkaMetrics _metrics;
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly ConcurrentDictionary<int, PartitionBuffer<T>> _assigned = new();
    private readonly List<PartitionBuffer<T>> _paused = [];
    private readonly ErrorLogLimit _errorLog = new();
    private readonly RecordReader<T> _reader;
    private readonly IConsumer<Noted, Noted> _consumer;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PartitionBuffer<T>?[] _buffers;
    private Task _background = Task.CompletedTask;
    private volatile bool _stopping;

    /// <summary>Only the consumer's thread looks at it.</summary>
    private bool _halted;

    public KafkaConsumer(
        string name, KafkaStreamOptions options, KafkaStreamControl control, IKafkaRecordDecoder<T> decoder, ILogger logger)
    {
        _options = options;
        _control = control;
        _logger = logger;
        _buffers = [];
        _metrics = new(
            options.Topic,
            () => control.PartitionCount,
            () => _assigned.Values.Select(buffer => (buffer.Partition, buffer.Count, buffer.IsPaused)));
        _reader = new(decoder);
        _consumer = new ConsumerBuilder<Noted, Noted>(KafkaClientConfig.Consumer(options))
            .SetKeyDeserializer(_reader)
            .SetValueDeserializer(_reader)
            .SetLogHandler((_, message) => KafkaLog.Client(logger, message))
            .SetErrorHandler((_, error) => OnClientError(error))
            .Build();
        Offsets = new(options.Topic, offsets => _consumer.Commit(offsets), logger);
        _thread = new(Run) { IsBackground = true, Name = $"Kafka consumer {name}" };
    }

    public OffsetCommitter Offsets { get; }

    /// <summary>For other clients of librdkafka that share this one's connections and what it knows of the cluster.</summary>
    public Handle ClientHandle => _consumer.Handle;

    /// <summary>Begins to read, once the number of partitions is known.</summary>
    public void Start(int partitions)
    {
        _buffers = new PartitionBuffer<T>?[partitions];
        _thread.Start();
        Offsets.Start();
    }

    /// <summary>More partitions are there to be assigned.</summary>
    public void Grow(int partitions) => Post(() => Array.Resize(ref _buffers, partitions));

    /// <summary>Gives every partition back and takes none any more: what would be read is not what was asked for.</summary>
    public void Halt() => Post(() =>
    {
        _halted = true;
        foreach (var buffer in _buffers.OfType<PartitionBuffer<T>>().ToArray()) LetGo(buffer);
    });

    /// <summary>The group's committed offset, null without one; blocking.</summary>
    /// <exception cref="KafkaException">The cluster did not answer.</exception>
    public long? GetCommitted(int partition)
    {
        var offset = _consumer.Committed([At(partition)], AnswerTimeout).Single().Offset;
        return offset.IsSpecial ? null : offset.Value;
    }

    /// <summary>The log's first offset and the one behind its last; blocking.</summary>
    /// <exception cref="KafkaException">The cluster did not answer.</exception>
    public (long Start, long End) GetLogRange(int partition)
    {
        var watermarks = _consumer.QueryWatermarkOffsets(At(partition), AnswerTimeout);
        return (watermarks.Low.Value, watermarks.High.Value);
    }

    /// <summary>The log's end as the last fetch told it; null when the partition is not read here, or has not been heard of yet.</summary>
    public long? GetLogEndOffset(int partition)
    {
        if (_stopping || !_assigned.ContainsKey(partition)) return null;
        try
        {
            var high = _consumer.GetWatermarkOffsets(At(partition)).High;
            return high.IsSpecial ? null : high.Value;
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Has a partition that is read here delivered again from an offset on, as far as it was delivered.</summary>
    public void DeliverFrom(int partition, long offset)
    {
        if (_assigned.TryGetValue(partition, out var buffer)) buffer.RequestRedelivery(offset);
    }

    /// <summary>Starts to read a partition into a buffer; one that was there before for the same partition gets nothing more.</summary>
    public void Assign(PartitionBuffer<T> buffer)
    {
        buffer.SeekRequested = sought => Post(() => Seek(sought));
        _assigned[buffer.Partition] = buffer;
        Post(() =>
        {
            Offsets.Forget(buffer.Partition);
            Read(buffer);
        });
    }

    /// <summary>Stops reading into a buffer. Completes when the consumer has let go of the partition.</summary>
    public Task UnassignAsync(PartitionBuffer<T> buffer)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_assigned.TryRemove(new(buffer.Partition, buffer))) return Task.CompletedTask;
        Post(() =>
        {
            try
            {
                LetGo(buffer);
            }
            finally
            {
                done.TrySetResult();
            }
        });
        return Task.WhenAny(done.Task, _stopped.Task);
    }

    public async ValueTask DisposeAsync()
    {
        await Offsets.DisposeAsync();
        _stopping = true;
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted)) _stopped.TrySetResult();
        await _stopped.Task;
        // None of them may be inside librdkafka when it goes.
        await _background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _metrics.Dispose();

        // Leaves no group and commits nothing by itself, but waits for librdkafka's threads, and must not go while a call is inside: that of
        // a broker that is away. The process ends soon after.
        if (!Offsets.IsStuck) await Task.Run(_consumer.Dispose);
    }

    private TopicPartition At(int partition) => new(_options.Topic, partition);

    /// <summary>For calls that block; begun by the consumer's thread only.</summary>
    private void Background(Action call) => _background = Task.WhenAll(_background, Task.Run(call));

    private void Post(Action command) => _commands.Enqueue(command);

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                while (_commands.TryDequeue(out var command)) command();
                ResumeDrained();
                Poll();
            }
            catch (KafkaException exception)
            {
                _metrics.Error(exception.Error.Code);
                KafkaLog.ConsumerFailed(_logger, _options.Topic, exception);
            }
            catch (Exception exception)
            {
                // A thread that dies takes every partition with it; what is unforeseen is reported and the next poll tried.
                _metrics.Error(KafkaErrorCode.Local_Application);
                KafkaLog.ConsumerFailed(_logger, _options.Topic, exception);
                Thread.Sleep(IdlePollMs);
            }
        }
        while (_commands.TryDequeue(out var command))
        {
            try
            {
                command();
            }
            catch (KafkaException exception)
            {
                KafkaLog.ConsumerFailed(_logger, _options.Topic, exception);
            }
        }
        _stopped.TrySetResult();
    }

    /// <summary>Reads until nothing is there, or for one chunk, then hands over: a busy partition delays another one's records no longer.</summary>
    private void Poll()
    {
        var timeoutMs = IdlePollMs;
        var read = 0;
        try
        {
            for (; read < PartitionBuffer<T>.ChunkRecords; read++)
            {
                var result = _consumer.Consume(timeoutMs);
                if (result is null) break;
                timeoutMs = 0;
                Accept(result);
            }
        }
        catch (ConsumeException exception)
        {
            OnConsumeError(exception);
        }
        finally
        {
            FlushAll();
        }
    }

    private void Accept(ConsumeResult<Noted, Noted> result)
    {
        var message = result.Message;
        // Left over from a partition that is no longer ours.
        if (message is null || _buffers[result.Partition.Value] is not { } buffer) return;
        var timestampMs = message.Timestamp.Type == TimestampType.NotAvailable ? -1 : message.Timestamp.UnixTimestampMs;
        var (value, undecodable) = _reader.Decode(timestampMs);
        if (undecodable is not null) OnUndecodable(result, undecodable);
        if (buffer.Add(new(result.Offset.Value, timestampMs, value, undecodable))) Flush(buffer);
        if (buffer.IsFull && !buffer.IsPaused) Pause(buffer);
    }

    private void FlushAll()
    {
        foreach (var buffer in _buffers)
            if (buffer is not null) Flush(buffer);
    }

    private void Flush(PartitionBuffer<T> buffer)
    {
        var records = buffer.Flush();
        if (records == 0) return;
        _metrics.Consumed(buffer.Partition, records);
        if (!buffer.HasFault) return;
        buffer.HasFault = false;
        _control.ClearFault(buffer.Partition);
    }

    private void Pause(PartitionBuffer<T> buffer)
    {
        _consumer.Pause([At(buffer.Partition)]);
        buffer.IsPaused = true;
        _paused.Add(buffer);
    }

    private void ResumeDrained()
    {
        for (var i = _paused.Count - 1; i >= 0; i--)
        {
            var buffer = _paused[i];
            if (!buffer.IsHalfEmpty) continue;
            _paused.RemoveAt(i);
            buffer.IsPaused = false;
            if (_buffers[buffer.Partition] != buffer) continue;
            _consumer.Resume([At(buffer.Partition)]);
            Background(() => WakeBroker(buffer.Partition));
        }
    }

    /// <summary>
    /// librdkafka's thread for a broker that has nothing to fetch sleeps up to a second and is not told of a resume; the answer to any
    /// request wakes it. Measured with every partition paused in turn: 10 ms to the next record instead of 300 to 900.
    /// </summary>
    private void WakeBroker(int partition)
    {
        try
        {
            _consumer.QueryWatermarkOffsets(At(partition), TimeSpan.FromSeconds(1));
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            // What is wrong with the broker shows in reading from it.
        }
    }

    private void Seek(PartitionBuffer<T> buffer)
    {
        // Another read may have served the place already: reading it again would hand its records over twice.
        if (_buffers[buffer.Partition] == buffer && buffer.IsSeeking) Read(buffer);
    }

    /// <summary>
    /// Reads a partition from the buffer's place on. Also how a seek is done: giving the partition back and taking it again drops what was
    /// fetched ahead, whatever state the partition is in.
    /// </summary>
    private void Read(PartitionBuffer<T> buffer)
    {
        if (_buffers[buffer.Partition] is { } before) LetGo(before);
        if (_halted) return;
        var offset = buffer.BeginSeek();
        buffer.HasFault = false;
        _control.ClearFault(buffer.Partition);
        _consumer.IncrementalAssign([new TopicPartitionOffset(At(buffer.Partition), offset)]);
        _buffers[buffer.Partition] = buffer;
        KafkaLog.Reading(_logger, _options.Topic, buffer.Partition, offset);
    }

    private void LetGo(PartitionBuffer<T> buffer)
    {
        if (_buffers[buffer.Partition] != buffer) return;
        _buffers[buffer.Partition] = null;
        _paused.Remove(buffer);
        buffer.IsPaused = false;
        _control.ClearFault(buffer.Partition);
        _consumer.IncrementalUnassign([At(buffer.Partition)]);
    }

    private void OnUndecodable(ConsumeResult<Noted, Noted> result, UndecodableRecord record)
    {
        _metrics.Undecodable(result.Partition.Value);
        if (_errorLog.Allows(result.Partition.Value, KafkaErrorCode.Local_ValueDeserialization))
            KafkaLog.Undecodable(_logger, _options.Topic, result.Partition.Value, result.Offset.Value, record.Reason);
    }

    private void OnClientError(Error error)
    {
        _metrics.Error(error.Code);
        KafkaLog.ClientError(_logger, _errorLog, error);
        if (error.IsFatal) _control.ClientFault = $"The Kafka client cannot go on: {error.Reason} ({error.Code}). Restart the silo.";
        else if (error.Code == KafkaErrorCode.Local_AllBrokersDown && _control.Outage is null)
        {
            _control.Outage = $"No broker answers at {_options.BootstrapServers}.";
            _ = Task.Run(WaitForAnswerAsync);
        }
    }

    /// <summary>librdkafka tells when the last broker is gone, and not when one is back: so it is asked.</summary>
    private async Task WaitForAnswerAsync()
    {
        while (!_stopping)
        {
            await Task.Delay(OutageProbePeriod);
            try
            {
                _consumer.QueryWatermarkOffsets(At(0), OutageProbePeriod);
                _control.Outage = null;
                KafkaLog.Answers(_logger, _options.Topic);
                return;
            }
            catch (KafkaException)
            {
                // Still away; the error was logged when it began.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void OnConsumeError(ConsumeException exception)
    {
        var partition = exception.ConsumerRecord.Partition.Value;
        var code = exception.Error.Code;
        _metrics.Error(code);
        if (partition < 0 || partition >= _buffers.Length || _buffers[partition] is not { } buffer)
        {
            KafkaLog.ConsumerFailed(_logger, _options.Topic, exception);
            return;
        }
        if (code is KafkaErrorCode.Local_AutoOffsetReset or KafkaErrorCode.OffsetOutOfRange)
        {
            Background(() => OnOutOfRange(buffer));
            return;
        }
        buffer.HasFault = true;
        _control.Fault(partition, $"{_options.Topic}/{partition} cannot be read: {exception.Error.Reason} ({code}).");
        if (_errorLog.Allows(partition, code)) KafkaLog.PartitionFailed(_logger, _options.Topic, partition, code, exception.Error.Reason);
    }

    /// <summary>
    /// The place asked for is outside the log. Reading somewhere else would skip or repeat records in silence, so the partition stands
    /// still until someone decides; only a start at the log's start, which retention may have moved meanwhile, is simply tried again.
    /// </summary>
    private void OnOutOfRange(PartitionBuffer<T> buffer)
    {
        var offset = buffer.ReadOffset;
        var range = "unknown";
        try
        {
            var (start, end) = GetLogRange(buffer.Partition);
            range = $"{start} to {end}";
            if (buffer.StartsAtLogStart && offset == buffer.StartOffset && start > offset)
            {
                buffer.Start(start, isLogStart: true);
                Post(() =>
                {
                    if (_buffers[buffer.Partition] == buffer) Read(buffer);
                });
                return;
            }
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            range = $"unknown, {exception.Message}";
        }
        Post(() =>
        {
            if (_buffers[buffer.Partition] != buffer) return;
            _control.Fault(
                buffer.Partition,
                $"{_options.Topic}/{buffer.Partition} stands still: offset {offset} is outside the log ({range}). {KafkaLog.OutOfRangeAdvice}");
            KafkaLog.OutOfRange(_logger, _options.Topic, buffer.Partition, offset, range, KafkaLog.OutOfRangeAdvice);
        });
    }
}
