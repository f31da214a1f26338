using Confluent.Kafka;

namespace Orleans.Streaming.Kafka;

/// <summary>Key or value of the record at hand has been noted; see <see cref="RecordReader{T}"/>.</summary>
internal readonly struct Noted;

/// <summary>What a decoder made of a record, or why it did not.</summary>
internal readonly record struct DecodedRecord<T>(T? Value, UndecodableRecord? Undecodable);

/// <summary>
/// Decodes a record when all of it is known: Confluent.Kafka shows the key, then the value, and frees both before it tells the timestamp. So
/// their bytes are copied, into memory that is used again for the next record.
/// </summary>
internal sealed class RecordReader<T>(IKafkaRecordDecoder<T> decoder) : IDeserializer<Noted>
{
    // What a larger record needed is given back after it.
    private const int MostKeptBytes = 1 << 20;
    private const int LeastBytes = 4_096;

    private byte[] _key = new byte[LeastBytes];
    private byte[] _value = new byte[LeastBytes];
    private int? _keyLength;
    private int? _valueLength;

    Noted IDeserializer<Noted>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (context.Component == MessageComponentType.Key) _keyLength = Note(ref _key, data, isNull);
        else _valueLength = Note(ref _value, data, isNull);
        return default;
    }

    /// <summary>Decodes the record whose key and value were noted last. Never throws.</summary>
    /// <param name="timestampMs">The record's timestamp, milliseconds since the Unix epoch; negative when it has none.</param>
    public DecodedRecord<T> Decode(long timestampMs)
    {
        var key = _key.AsSpan(0, _keyLength ?? 0);
        var value = _value.AsSpan(0, _valueLength ?? 0);
        try
        {
            return new(decoder.Decode(key, _keyLength is null, value, _valueLength is null, timestampMs), null);
        }
        catch (Exception exception)
        {
            return new(
                default,
                new(_keyLength is null ? null : key.ToArray(), _valueLength is null ? null : value.ToArray(), exception.Message));
        }
    }

    private static int? Note(ref byte[] bytes, ReadOnlySpan<byte> data, bool isNull)
    {
        if (isNull) return null;
        if (bytes.Length < data.Length || bytes.Length > MostKeptBytes) bytes = new byte[Math.Max(data.Length, LeastBytes)];
        data.CopyTo(bytes);
        return data.Length;
    }
}
