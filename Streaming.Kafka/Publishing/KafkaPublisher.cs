using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// One idempotent producer. A full local queue is waited for instead of failing, so that the bound on memory is librdkafka's queue and a
/// caller that publishes faster than the cluster takes is slowed down.
/// </summary>
internal sealed class KafkaPublisher : IKafkaPublisher, IDisposable
{
    private static readonly TimeSpan FullQueueRetry = TimeSpan.FromMilliseconds(10);
    private readonly KafkaStreamOptions _options;
    private readonly Lazy<IProducer<byte[], byte[]>> _producer;
    private int _disposed;

    public KafkaPublisher(string name, KafkaStreamOptions options, ILoggerFactory loggers)
    {
        _options = options;
        var logger = loggers.CreateLogger($"Orleans.Streaming.Kafka.Publisher.{name}");
        var errorLog = new ErrorLogLimit();
        // Lazy: a silo that never publishes opens no connection for it.
        _producer = new(() => new ProducerBuilder<byte[], byte[]>(KafkaClientConfig.Producer(options))
            .SetLogHandler((_, message) => KafkaLog.Client(logger, message))
            .SetErrorHandler((_, error) => KafkaLog.ClientError(logger, errorLog, error))
            .SetKeySerializer(Serializers.ByteArray)
            .SetValueSerializer(Serializers.ByteArray)
            .Build());
    }

    public Task PublishAsync(
        string topic,
        byte[]? key,
        byte[]? value,
        IReadOnlyList<KeyValuePair<string, byte[]>>? headers,
        CancellationToken cancellationToken) =>
        PublishAsync(new TopicPartition(topic, Partition.Any), key, value, headers, cancellationToken);

    public async Task PublishAsync(
        TopicPartition destination,
        byte[]? key,
        byte[]? value,
        IReadOnlyList<KeyValuePair<string, byte[]>>? headers,
        CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination.Topic);
        var message = new Message<byte[], byte[]> { Key = key!, Value = value! };
        if (headers is { Count: > 0 })
        {
            message.Headers = [];
            foreach (var (name, bytes) in headers) message.Headers.Add(name, bytes);
        }

        var deadline = Environment.TickCount64 + (long)KafkaClientConfig.DeliveryTimeout(_options).TotalMilliseconds;
        while (true)
        {
            try
            {
                // WaitAsync, because cancelling librdkafka's own call would not take the record back either.
                await _producer.Value.ProduceAsync(destination, message, CancellationToken.None).WaitAsync(cancellationToken);
                return;
            }
            catch (KafkaException exception) when (exception.Error.Code == KafkaErrorCode.Local_QueueFull && Environment.TickCount64 < deadline)
            {
                await Task.Delay(FullQueueRetry, cancellationToken);
            }
            catch (KafkaException exception)
            {
                throw new KafkaPublishException(
                    $"Topic {destination.Topic} did not acknowledge a record: {exception.Error.Reason} ({exception.Error.Code}). " +
                    $"Check {nameof(KafkaStreamOptions.BootstrapServers)} ({_options.BootstrapServers}) and the cluster's health.",
                    exception);
            }
        }
    }

    public void Dispose()
    {
        // The container knows this object under two services.
        if (Interlocked.Exchange(ref _disposed, 1) != 0 || !_producer.IsValueCreated) return;
        // A silo that stops must not wait for a cluster that is gone: what is still queued was never acknowledged to anybody.
        _producer.Value.Flush(TimeSpan.FromSeconds(2));
        _producer.Value.Dispose();
    }
}
