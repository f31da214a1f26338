using System.Buffers.Text;
using System.Text;
using Analytics.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Analytics.Silo.Bench.Load;

/// <summary>
/// A transaction in its wire form, in which only the id and the event time are still to be filled in: sending one costs no serializing and no
/// allocation, so that the generator leaves the processor to what is measured.
/// </summary>
internal sealed class TransactionTemplate
{
    private const int PrefixLength = 9;
    private const int NumberLength = 14;
    private const int VarintLength = 5;

    // Nanoseconds from here on take five bytes as a varint, fewer below: so event times lie in the last three quarters of a second.
    private const int SmallestNanos = 1 << 28;

    private readonly byte[] _value;
    private readonly int _idAt;
    private readonly int _secondsAt;

    /// <param name="transaction">Complete but for id and event time.</param>
    /// <param name="runId">What ids begin with: eight characters.</param>
    public TransactionTemplate(Transaction transaction, string runId)
    {
        Account = transaction.AccountId;
        Key = Encoding.UTF8.GetBytes(transaction.AccountId);
        transaction.TransactionId = $"{runId}-{new string('0', NumberLength)}";
        transaction.OccurredAt = null;
        var before = new Transaction
        {
            TransactionId = transaction.TransactionId,
            AccountId = transaction.AccountId,
            MerchantId = transaction.MerchantId,
            AmountMinor = transaction.AmountMinor,
            Currency = transaction.Currency,
        };
        transaction.OccurredAt = new Timestamp { Seconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds(), Nanos = SmallestNanos };
        _value = transaction.ToByteArray();

        // Fields are written in the order of their numbers. Tag and length of the id take a byte each; so do those of the time and the tags in it.
        _idAt = 2 + PrefixLength;
        _secondsAt = before.CalculateSize() + 3;
        if (_value[1] != PrefixLength + NumberLength || _value[_secondsAt - 2] != (2 * VarintLength) + 2)
        {
            throw new InvalidOperationException("The transaction's wire form is not as expected.");
        }
    }

    public string Account { get; }

    public byte[] Key { get; }

    /// <summary>Fills in and gives the wire form, which is the template's own until the next call.</summary>
    /// <param name="number">Makes the id; unique in a run.</param>
    /// <param name="atMs">The event time is within the second before, in order; milliseconds since the Unix epoch.</param>
    public byte[] Fill(long number, long atMs)
    {
        var digits = _value.AsSpan(_idAt, NumberLength);
        Utf8Formatter.TryFormat(number, digits, out _, new('D', NumberLength));
        var (second, fraction) = Math.DivRem(atMs, 1_000);
        WriteVarint(_value.AsSpan(_secondsAt, VarintLength), second - 1);
        WriteVarint(
            _value.AsSpan(_secondsAt + VarintLength + 1, VarintLength),
            SmallestNanos + (fraction * (1_000_000_000 - SmallestNanos) / 1_000));
        return _value;
    }

    private static void WriteVarint(Span<byte> target, long value)
    {
        for (var i = 0; i < VarintLength - 1; i++, value >>= 7)
        {
            target[i] = (byte)(value | 0x80);
        }

        target[VarintLength - 1] = (byte)value;
    }
}
