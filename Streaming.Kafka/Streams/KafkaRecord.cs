namespace Orleans.Streaming.Kafka;

/// <summary>One decoded record.</summary>
/// <typeparam name="T">What the decoder makes of key and value.</typeparam>
/// <param name="Offset">Kafka offset.</param>
/// <param name="TimestampMs">The record's Kafka timestamp in milliseconds since the Unix epoch; -1 when it has none.</param>
/// <param name="Value">The decoder's answer; default when <paramref name="Undecodable"/> is set.</param>
/// <param name="Undecodable">Set when the decoder threw: the raw bytes, so that nothing is lost.</param>
[GenerateSerializer, Immutable]
public readonly record struct KafkaRecord<T>(
    [property: Id(0)] long Offset,
    [property: Id(1)] long TimestampMs,
    [property: Id(2)] T? Value,
    [property: Id(3)] UndecodableRecord? Undecodable);
