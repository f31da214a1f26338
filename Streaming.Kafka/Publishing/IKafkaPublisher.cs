namespace Orleans.Streaming.Kafka;

/// <summary>
/// The silo's one producer for a provider's cluster (acks=all, idempotent, murmur2 partitioner as Kafka's own clients). A keyed service
/// under the provider's name; thread safe.
/// </summary>
public interface IKafkaPublisher
{
    /// <summary>Completes when every in-sync replica has the record.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="key">Decides the partition; null for any.</param>
    /// <param name="value">The value; null for a tombstone.</param>
    /// <param name="headers">Written in order; null for none.</param>
    /// <param name="cancellationToken">Stops waiting; the record may have been written.</param>
    /// <exception cref="KafkaPublishException">The record was not acknowledged in time or refused; it may have been written.</exception>
    Task PublishAsync(
        string topic,
        byte[]? key,
        byte[]? value,
        IReadOnlyList<KeyValuePair<string, byte[]>>? headers,
        CancellationToken cancellationToken);
}
