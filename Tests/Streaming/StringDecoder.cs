using System.Text;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

/// <summary>Shows key and value as "key=value", nulls as "~"; a value that begins with 0xFF is refused.</summary>
public sealed class StringDecoder : IKafkaRecordDecoder<string>
{
    public string Decode(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, long timestampMs)
    {
        if (value.Length > 0 && value[0] == 0xFF) throw new FormatException("begins with 0xFF");
        return $"{(keyIsNull ? "~" : Encoding.UTF8.GetString(key))}={(valueIsNull ? "~" : Encoding.UTF8.GetString(value))}";
    }
}
