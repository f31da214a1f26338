using System.Globalization;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>One queue and one stream per partition, each with the partition's number. Grows with the topic; thread safe.</summary>
internal sealed class KafkaQueueMapper : IStreamQueueMapper
{
    /// <summary>2^32 over the golden ratio: multiples of it spread evenly over Orleans' ring, however many there are.</summary>
    private const uint RingStep = 0x9e3779b9;

    private readonly string _providerName;
    private readonly string _streamNamespace;
    private volatile QueueId[] _queues = [];

    public KafkaQueueMapper(string providerName, string streamNamespace, int partitions)
    {
        _providerName = providerName;
        _streamNamespace = streamNamespace;
        Grow(partitions);
    }

    /// <summary>Adds queues. Those that are there keep their ids: an id that changed would be another queue to Orleans.</summary>
    public void Grow(int partitions) => _queues =
    [
        // The hash is for balancers other than ours.
        .. Enumerable.Range(0, partitions).Select(p => QueueId.GetQueueId(_providerName, (uint)p, unchecked((uint)p * RingStep))),
    ];

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
