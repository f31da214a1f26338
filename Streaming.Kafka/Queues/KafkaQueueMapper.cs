using System.Globalization;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>One queue and one stream per partition, each with the partition's number.</summary>
internal sealed class KafkaQueueMapper : IStreamQueueMapper
{
    private readonly string _streamNamespace;
    private readonly QueueId[] _queues;

    public KafkaQueueMapper(string providerName, string streamNamespace, int partitions)
    {
        _streamNamespace = streamNamespace;
        // The hash is for balancers other than ours: partitions spread evenly over Orleans' ring.
        var portion = uint.MaxValue / (uint)partitions;
        _queues = [.. Enumerable.Range(0, partitions).Select(p => QueueId.GetQueueId(providerName, (uint)p, (uint)p * portion))];
    }

    public IEnumerable<QueueId> GetAllQueues() => _queues;

    public static int PartitionOf(QueueId queue) => (int)queue.GetNumericId();

    public StreamId StreamOf(int partition) => StreamId.Create(_streamNamespace, partition.ToString(CultureInfo.InvariantCulture));

    public QueueId GetQueueForStream(StreamId streamId) => _queues[PartitionOf(streamId)];

    /// <exception cref="ArgumentException">The stream is not one of this topic's partitions.</exception>
    public int PartitionOf(StreamId streamId)
    {
        if (streamId.GetNamespace() == _streamNamespace
            && int.TryParse(streamId.GetKeyAsString(), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            && partition < _queues.Length)
            return partition;
        throw new ArgumentException(
            $"Stream {streamId} is none of this provider's: its streams are {_streamNamespace}/0 to {_streamNamespace}/{_queues.Length - 1}, " +
            "one per Kafka partition. To write by key, use IKafkaPublisher.",
            nameof(streamId));
    }
}
