using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>Makes a cache and a receiver for each queue that comes to this silo, and writes what is produced through a stream.</summary>
internal sealed class KafkaAdapter<T>(
    string name,
    long epoch,
    KafkaConsumer<T> consumer,
    KafkaQueueMapper mapper,
    KafkaPublisher publisher,
    IKafkaStartPositions? positions,
    KafkaStreamOptions options,
    ILogger logger) : IQueueAdapter, IQueueAdapterCache
{
    private readonly ConcurrentDictionary<QueueId, (PartitionBuffer<T> Buffer, KafkaQueueCache<T> Cache)> _created = new();

    public string Name => name;

    public bool IsRewindable => true;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    /// <summary>An agent asks for its cache first and for its receiver then; the two share a buffer.</summary>
    public IQueueCache CreateQueueCache(QueueId queueId)
    {
        var buffer = new PartitionBuffer<T>(KafkaQueueMapper.PartitionOf(queueId), epoch, options.MaxBufferedRecords);
        var cache = new KafkaQueueCache<T>(buffer, options.MaxCachedBatches);
        _created[queueId] = (buffer, cache);
        return cache;
    }

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId)
    {
        if (!_created.TryRemove(queueId, out var created))
            throw new InvalidOperationException($"Queue {queueId} has no cache yet; Orleans' agents create it first.");
        return new KafkaReceiver<T>(created.Buffer, created.Cache, consumer, mapper, positions, options, logger);
    }

    /// <summary>
    /// Writes to the stream's partition, in order. Events are values (<c>byte[]</c> or <see cref="ReadOnlyMemory{T}"/> of byte) or pairs of
    /// key and value; anything else has a form that only its application knows.
    /// </summary>
    /// <exception cref="NotSupportedException">Another type of event, or a token: Kafka gives the offsets.</exception>
    /// <exception cref="KafkaPublishException">A record was not acknowledged.</exception>
    public Task QueueMessageBatchAsync<TEvent>(
        StreamId streamId, IEnumerable<TEvent> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        if (token is not null) throw new NotSupportedException("Kafka gives the offsets: produce without a sequence token.");
        var partition = new TopicPartition(options.Topic, mapper.PartitionOf(streamId));
        return Task.WhenAll(events.Select(item => (object?)item switch
        {
            byte[] value => Publish(null, value),
            ReadOnlyMemory<byte> value => Publish(null, value.ToArray()),
            KeyValuePair<byte[], byte[]> pair => Publish(pair.Key, pair.Value),
            _ => throw new NotSupportedException(
                $"A stream of Kafka takes byte[], ReadOnlyMemory<byte> or KeyValuePair<byte[], byte[]>, not {typeof(TEvent)}. Encode it, " +
                $"or write with the keyed service {nameof(IKafkaPublisher)} \"{name}\"."),
        }).ToArray());

        Task Publish(byte[]? key, byte[]? value) => publisher.PublishAsync(partition, key, value, null, CancellationToken.None);
    }
}
