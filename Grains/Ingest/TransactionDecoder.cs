using Analytics.Transactions;
using Analytics.V1;
using Google.Protobuf;
using Orleans.Streaming.Kafka;

namespace Analytics.Ingest;

/// <summary>Decodes and validates a record of the transactions topic, on the consumer's thread. Never throws for bad input.</summary>
/// <remarks>
/// Whether an event time lies in the future is judged by when the record was written, and not by the clock of who reads it: a record that
/// is read again after a crash, later and elsewhere, has to get the verdict that it had (docs/exactly-once.md). Only a timestamp that no
/// honest clock gives leaves the reader's.
/// </remarks>
public sealed class TransactionDecoder(TimeProvider time) : IKafkaRecordDecoder<IngestedRecord>
{
    /// <summary>
    /// How far ahead of the reader's clock a record's timestamp may be: the hour that brokers accept by default (message.timestamp.after.max.ms,
    /// since Kafka 4.0), and five minutes for clocks that differ. One that is further ahead, or missing, says nothing.
    /// </summary>
    public static readonly TimeSpan MaxTimestampAhead = TimeSpan.FromMinutes(65);

    private readonly PlainTransactionReader _plain = new();

    public IngestedRecord Decode(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, long timestampMs)
    {
        if (valueIsNull)
        {
            return Reject(key, keyIsNull, value, valueIsNull, new(DeadLetterReason.Undecodable, "The record has no value."));
        }

        var writtenAt = WrittenAt(timestampMs);
        if (_plain.TryRead(key, keyIsNull, value, writtenAt) is { } plain)
        {
            return new(plain, null);
        }

        Transaction message;
        try
        {
            message = Transaction.Parser.ParseFrom(value);
        }
        catch (InvalidProtocolBufferException exception)
        {
            return Reject(key, keyIsNull, value, valueIsNull, new(DeadLetterReason.Undecodable, exception.Message));
        }

        var rejection = TransactionValidator.Check(message, writtenAt, out var transaction);
        if (rejection is null && transaction is not null)
        {
            rejection = TransactionValidator.CheckKey(key, keyIsNull, transaction);
        }

        return rejection is null ? new(transaction, null) : Reject(key, keyIsNull, value, valueIsNull, rejection);
    }

    private DateTimeOffset WrittenAt(long timestampMs)
    {
        var now = time.GetUtcNow();
        return timestampMs > 0 && timestampMs <= (now + MaxTimestampAhead).ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(timestampMs)
            : now;
    }

    private static IngestedRecord Reject(
        ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, Rejection rejection) =>
        new(null, new(keyIsNull ? null : key.ToArray(), valueIsNull ? null : value.ToArray(), rejection));
}
