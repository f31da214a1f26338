using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Orleans.Streaming.Kafka;

/// <summary>The key of the record at hand has been noted; see <see cref="RecordReader{T}"/>.</summary>
internal readonly struct NotedKey;

/// <summary>What a decoder made of a record, or why it did not.</summary>
internal readonly record struct DecodedRecord<T>(T? Value, UndecodableRecord? Undecodable);

/// <summary>
/// Decodes key and value together, straight from librdkafka's memory: Confluent.Kafka shows the key first, then the value, and frees the
/// record only when both are done, so the key's address can be kept from the one call to the other.
/// </summary>
internal sealed unsafe class RecordReader<T>(IKafkaRecordDecoder<T> decoder) : IDeserializer<NotedKey>, IDeserializer<DecodedRecord<T>>
{
    private void* _key;
    private int _keyLength;
    private bool _keyIsNull = true;

    NotedKey IDeserializer<NotedKey>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        // Native memory: the collector does not move it.
        _key = Unsafe.AsPointer(ref MemoryMarshal.GetReference(data));
        _keyLength = data.Length;
        _keyIsNull = isNull;
        return default;
    }

    DecodedRecord<T> IDeserializer<DecodedRecord<T>>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        var key = new ReadOnlySpan<byte>(_key, _keyLength);
        try
        {
            return new(decoder.Decode(key, _keyIsNull, data, isNull), null);
        }
        catch (Exception exception)
        {
            return new(default, new(_keyIsNull ? null : key.ToArray(), isNull ? null : data.ToArray(), exception.Message));
        }
    }
}
