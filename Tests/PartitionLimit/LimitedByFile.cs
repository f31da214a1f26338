using Confluent.Kafka;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.PartitionLimit;

/// <summary>
/// The cluster's answer, cut off at the limit in a file: the embedded broker cannot give a topic more partitions, so it has them from the
/// beginning and this hides them from a process.
/// </summary>
internal sealed class LimitedByFile(LimitFile limit) : ITopicPartitions
{
    private readonly TopicPartitions _all = new();

    public int Count(IAdminClient client, string topic, TimeSpan timeout) => Math.Min(limit.Read(), _all.Count(client, topic, timeout));
}
