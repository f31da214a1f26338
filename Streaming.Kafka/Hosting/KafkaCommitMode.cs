namespace Orleans.Streaming.Kafka;

/// <summary>What moves the consumer group's committed offset.</summary>
public enum KafkaCommitMode
{
    /// <summary>Delivery to every subscriber: at-least-once for an application without positions of its own.</summary>
    Delivered,

    /// <summary>Only <see cref="IKafkaStreamControl.Commit"/>.</summary>
    Explicit,
}
