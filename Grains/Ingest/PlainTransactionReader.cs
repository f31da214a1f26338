using System.Runtime.CompilerServices;
using System.Text;
using Analytics.Transactions;

namespace Analytics.Ingest;

/// <summary>
/// Reads a record's protobuf straight into a <see cref="CardTransaction"/>, without the message, its strings and its timestamp in between: a
/// third of the garbage of a transaction. It knows plain, valid records only; at anything else it gives up, and the protobuf library and
/// <see cref="TransactionValidator"/> decide. For one thread.
/// </summary>
/// <remarks>
/// Wire format: https://protobuf.dev/programming-guides/encoding/. Given up are unknown and repeated fields, negative numbers, text that is
/// not printable ASCII, blank and too long values, unknown currencies: each either rare or to be rejected.
/// </remarks>
internal sealed class PlainTransactionReader
{
    private const int LastField = 11;

    // As many as are busy on one silo; a miss costs a string.
    private readonly AsciiStrings _accounts = new(1 << 17);
    private readonly AsciiStrings _merchants = new(1 << 15);
    private readonly AsciiStrings _others = new(1 << 10);

    /// <summary>The valid transaction, or null when the record is not plain.</summary>
    /// <param name="key">The record's key.</param>
    /// <param name="keyIsNull">Whether it has none.</param>
    /// <param name="value">The record's value.</param>
    /// <param name="writtenAt">When it was written.</param>
    [MethodImpl(HotPath.Code)]
    public CardTransaction? TryRead(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, DateTimeOffset writtenAt)
    {
        ReadOnlySpan<byte> transactionId = default, accountId = default, merchantId = default, currency = default, category = default;
        ReadOnlySpan<byte> country = default, occurredAt = default;
        ulong amount = 0, type = 0, status = 0, channel = 0;
        var seen = 0;
        while (!value.IsEmpty)
        {
            // Fields up to 15 have a tag of one byte: the number, and how the value is written.
            var (field, isText) = (value[0] >> 3, (value[0] & 7) == 2);
            if (field is 0 or > LastField || (value[0] & 7) is not (0 or 2) || (seen & (1 << field)) != 0)
            {
                return null;
            }

            seen |= 1 << field;
            value = value[1..];
            if (!TryReadVarint(ref value, out var number) || (isText && number > (ulong)value.Length))
            {
                return null;
            }

            ReadOnlySpan<byte> text = default;
            if (isText)
            {
                text = value[..(int)number];
                value = value[(int)number..];
            }

            switch ((field, isText))
            {
                case (1, true): transactionId = text; break;
                case (2, true): accountId = text; break;
                case (3, true): merchantId = text; break;
                case (4, false): amount = number; break;
                case (5, true): currency = text; break;
                case (6, true): occurredAt = text; break;
                case (7, false): type = number; break;
                case (8, false): status = number; break;
                case (9, true): category = text; break;
                case (10, true): country = text; break;
                case (11, false): channel = number; break;
                default: return null;
            }
        }

        var isPlain = IsId(transactionId) && AsciiStrings.IsPrintable(transactionId) && IsId(accountId) && IsId(merchantId)
            && category.Length <= TransactionValidator.MaxFieldLength && country.Length <= 2
            && type is > 0 and <= int.MaxValue && status is > 0 and <= int.MaxValue && channel <= int.MaxValue
            && (keyIsNull || key.SequenceEqual(accountId));
        return isPlain
            && TryReadTime(occurredAt, out var seconds, out var nanos) && TransactionValidator.IsAcceptable(seconds, nanos, writtenAt)
            && Iso4217.TryIntern(currency, out var code)
            && _accounts.Get(accountId) is { } account && _merchants.Get(merchantId) is { } merchant
            && _others.Get(category) is { } knownCategory && _others.Get(country) is { } knownCountry
                ? new()
                {
                    TransactionId = Encoding.ASCII.GetString(transactionId),
                    AccountId = account,
                    MerchantId = merchant,
                    AmountMinor = (long)amount,
                    Currency = code,
                    OccurredAtMicros = (seconds * UnixMicros.PerSecond) + (nanos / 1_000),
                    Type = (TransactionType)type,
                    Status = (TransactionStatus)status,
                    Category = knownCategory,
                    Country = knownCountry,
                    Channel = (TransactionChannel)channel,
                }
                : null;
    }

    // Not blank: the first character is not a space, which leaves out hardly any id.
    private static bool IsId(ReadOnlySpan<byte> id) => id.Length is > 0 and <= TransactionValidator.MaxFieldLength && id[0] != ' ';

    private static bool TryReadTime(ReadOnlySpan<byte> timestamp, out long seconds, out int nanos)
    {
        (seconds, nanos) = (0, 0);
        if (timestamp.IsEmpty || timestamp[0] != 0x08)
        {
            return false;
        }

        timestamp = timestamp[1..];
        if (!TryReadVarint(ref timestamp, out var number))
        {
            return false;
        }

        seconds = (long)number;
        if (timestamp.IsEmpty)
        {
            return true;
        }

        if (timestamp[0] != 0x10)
        {
            return false;
        }

        timestamp = timestamp[1..];
        if (!TryReadVarint(ref timestamp, out number) || number > int.MaxValue || !timestamp.IsEmpty)
        {
            return false;
        }

        nanos = (int)number;
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        // Nine bytes hold 63 bits: whatever needs a tenth is negative, or no number at all.
        for (var i = 0; i < bytes.Length && i < 9; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
