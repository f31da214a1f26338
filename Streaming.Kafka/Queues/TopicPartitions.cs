using Confluent.Kafka;

namespace Orleans.Streaming.Kafka;

/// <summary>The cluster's own answer. It also tells the client that asks, which can read a new partition from then on.</summary>
internal sealed class TopicPartitions : ITopicPartitions
{
    public int Count(IAdminClient client, string topic, TimeSpan timeout)
    {
        var answer = client.GetMetadata(topic, timeout).Topics.Single();
        if (answer.Error.Code != KafkaErrorCode.NoError) throw new KafkaException(answer.Error);
        return answer.Partitions.Count > 0 ? answer.Partitions.Count : throw new KafkaException(KafkaErrorCode.UnknownTopicOrPart);
    }
}
