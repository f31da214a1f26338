namespace Orleans.Streaming.Kafka;

/// <summary>
/// Makes a value of a record's bytes, on the consumer's thread: it must be quick, free of side effects and safe for one caller at a time.
/// The spans' memory is used again when the call has returned. A record is decoded again each time it is read again; whoever counts on the
/// same answer then takes it from the record alone, its timestamp instead of a clock. An exception does not stop the stream: the record arrives as
/// an <see cref="UndecodableRecord"/> with its bytes.
/// </summary>
/// <typeparam name="T">The decoded value; it must be serializable by Orleans, for the case that the subscriber lives on another silo.</typeparam>
public interface IKafkaRecordDecoder<T>
{
    /// <param name="key">The key's bytes; empty when <paramref name="keyIsNull"/>.</param>
    /// <param name="keyIsNull">Whether the record has no key.</param>
    /// <param name="value">The value's bytes; empty when <paramref name="valueIsNull"/>.</param>
    /// <param name="valueIsNull">Whether the record has no value (a tombstone).</param>
    /// <param name="timestampMs">
    /// The record's timestamp, milliseconds since the Unix epoch; negative when it has none. Of the broker's clock where the topic's
    /// <c>message.timestamp.type</c> is <c>LogAppendTime</c>, else what the producer likes.
    /// </param>
    T Decode(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, long timestampMs);
}
