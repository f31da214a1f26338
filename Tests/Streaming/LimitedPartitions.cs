using Confluent.Kafka;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

/// <summary>
/// The cluster's answer, cut off at a limit: the embedded broker cannot give a topic more partitions, so it has them from the beginning and
/// this hides them.
/// </summary>
internal sealed class LimitedPartitions(int limit) : ITopicPartitions
{
    private readonly TopicPartitions _all = new();
    private int _asked;

    public int Limit { get; set; } = limit;

    /// <summary>How often there was an answer.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public int Count(IAdminClient client, string topic, TimeSpan timeout)
    {
        var count = Math.Min(Limit, _all.Count(client, topic, timeout));
        Interlocked.Increment(ref _asked);
        return count;
    }
}
