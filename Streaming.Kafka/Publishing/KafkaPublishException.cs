namespace Orleans.Streaming.Kafka;

/// <summary>A record was not acknowledged. It may have been written all the same: sending it again is at-least-once.</summary>
public sealed class KafkaPublishException(string message, Exception? innerException) : Exception(message, innerException);
