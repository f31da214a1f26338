using Analytics.Transactions;
using Analytics.V1;
using Google.Protobuf;
using Orleans.Streaming.Kafka;

namespace Analytics.Ingest;

/// <summary>Decodes and validates a record of the transactions topic, on the consumer's thread. Never throws for bad input.</summary>
public sealed class TransactionDecoder(TimeProvider time) : IKafkaRecordDecoder<IngestedRecord>
{
    private readonly PlainTransactionReader _plain = new();

    public IngestedRecord Decode(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull)
    {
        if (valueIsNull)
        {
            return Reject(key, keyIsNull, value, valueIsNull, new(DeadLetterReason.Undecodable, "The record has no value."));
        }

        var now = time.GetUtcNow();
        if (_plain.TryRead(key, keyIsNull, value, now) is { } plain)
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

        var rejection = TransactionValidator.Check(message, now, out var transaction);
        if (rejection is null && transaction is not null)
        {
            rejection = TransactionValidator.CheckKey(key, keyIsNull, transaction);
        }

        return rejection is null ? new(transaction, null) : Reject(key, keyIsNull, value, valueIsNull, rejection);
    }

    private static IngestedRecord Reject(
        ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, Rejection rejection) =>
        new(null, new(keyIsNull ? null : key.ToArray(), valueIsNull ? null : value.ToArray(), rejection));
}
