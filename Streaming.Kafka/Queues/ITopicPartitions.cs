using Confluent.Kafka;

namespace Orleans.Streaming.Kafka;

/// <summary>Asks a cluster how many partitions a topic has.</summary>
internal interface ITopicPartitions
{
    /// <summary>At least 1; blocks for the answer.</summary>
    /// <exception cref="KafkaException">No answer within <paramref name="timeout"/>, or the topic is not there.</exception>
    int Count(IAdminClient client, string topic, TimeSpan timeout);
}
