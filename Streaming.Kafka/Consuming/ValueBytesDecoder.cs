namespace Orleans.Streaming.Kafka;

/// <summary>The value's bytes as they are; empty for a null value.</summary>
internal sealed class ValueBytesDecoder : IKafkaRecordDecoder<byte[]>
{
    public byte[] Decode(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, long timestampMs) => value.ToArray();
}
