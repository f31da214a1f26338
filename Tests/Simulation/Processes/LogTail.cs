using Confluent.Kafka;
using KafkaErrorCode = Confluent.Kafka.ErrorCode;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>Reads everything that gets into the topic, as it does, on a thread of its own: what the log holds is what it saw.</summary>
internal sealed class LogTail : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly string _topic;
    private readonly LogOracle _oracle;
    private readonly Task _reading;

    public LogTail(string bootstrapServers, string topic, LogOracle oracle)
    {
        (_topic, _oracle) = (topic, oracle);
        _consumer = Consumers.At(bootstrapServers, topic, oracle.Partitions);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Why reading ended too early; null while it goes on.</summary>
    public Exception? Failure => _reading.Exception?.GetBaseException();

    /// <summary>The log's first and next offset, asked of the broker.</summary>
    public (long First, long Next) Bounds(int partition)
    {
        var offsets = _consumer.QueryWatermarkOffsets(new(_topic, partition), Answer);
        return (offsets.Low.Value, offsets.High.Value);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _consumer.Dispose();
        _stop.Dispose();
    }

    private void Read()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_consumer.Consume(Poll) is { } record)
                {
                    _oracle.Add(record);
                }
            }
            catch (ConsumeException exception) when (exception.Error.Code is not (KafkaErrorCode.Local_AutoOffsetReset or KafkaErrorCode.OffsetOutOfRange))
            {
                // An injected fault; the client goes on by itself.
            }
        }
    }
}
