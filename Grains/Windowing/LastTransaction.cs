using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// The last transaction of an entity: as it came, or packed into bytes that the next one overwrites. Accounts are many and each has its
/// last transaction for long: as an object, every one would reach the collector's oldest generation, and make garbage of one there.
/// Merchants are few and busy, and theirs are soon gone.
/// </summary>
/// <remarks>
/// Packed: event time in eight bytes; amount, type, status and channel as varints; six strings as they are behind their length, because bytes
/// of UTF-8 would be half as many and take eight times as long.
/// </remarks>
internal struct LastTransaction
{
    // A CardTransaction, or bytes.
    private object? _value;

    /// <summary>Its event time in microseconds since the Unix epoch; <see cref="UnixMicros.None"/> when there is none.</summary>
    public readonly long OccurredAtMicros => _value switch
    {
        null => UnixMicros.None,
        CardTransaction transaction => transaction.OccurredAtMicros,
        var bytes => BinaryPrimitives.ReadInt64LittleEndian((byte[])bytes),
    };

    public void Set(CardTransaction transaction) => _value = transaction;

    [MethodImpl(HotPath.Code)]
    public void Pack(CardTransaction transaction)
    {
        var size = sizeof(long) + SizeOf((ulong)transaction.AmountMinor)
            + SizeOf((uint)transaction.Type) + SizeOf((uint)transaction.Status) + SizeOf((uint)transaction.Channel)
            + SizeOf(transaction.TransactionId) + SizeOf(transaction.AccountId) + SizeOf(transaction.MerchantId)
            + SizeOf(transaction.Currency) + SizeOf(transaction.Category) + SizeOf(transaction.Country);
        if (_value is not byte[] bytes || bytes.Length < size)
        {
            // In whole words, as arrays are: the next one may be a little longer.
            _value = bytes = new byte[(size + sizeof(long) - 1) & -sizeof(long)];
        }

        var rest = bytes.AsSpan();
        BinaryPrimitives.WriteInt64LittleEndian(rest, transaction.OccurredAtMicros);
        rest = rest[sizeof(long)..];
        Write(ref rest, (ulong)transaction.AmountMinor);
        Write(ref rest, (uint)transaction.Type);
        Write(ref rest, (uint)transaction.Status);
        Write(ref rest, (uint)transaction.Channel);
        Write(ref rest, transaction.TransactionId);
        Write(ref rest, transaction.AccountId);
        Write(ref rest, transaction.MerchantId);
        Write(ref rest, transaction.Currency);
        Write(ref rest, transaction.Category);
        Write(ref rest, transaction.Country);
    }

    /// <summary>The transaction; null when there is none.</summary>
    public readonly CardTransaction? Get()
    {
        if (_value is not byte[] bytes)
        {
            return (CardTransaction?)_value;
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(sizeof(long));
        var amount = (long)ReadNumber(ref rest);
        var type = (TransactionType)(uint)ReadNumber(ref rest);
        var status = (TransactionStatus)(uint)ReadNumber(ref rest);
        var channel = (TransactionChannel)(uint)ReadNumber(ref rest);
        return new()
        {
            OccurredAtMicros = OccurredAtMicros,
            AmountMinor = amount,
            Type = type,
            Status = status,
            Channel = channel,
            TransactionId = ReadText(ref rest),
            AccountId = ReadText(ref rest),
            MerchantId = ReadText(ref rest),
            Currency = ReadText(ref rest),
            Category = ReadText(ref rest),
            Country = ReadText(ref rest),
        };
    }

    private static int SizeOf(ulong number) => (BitOperations.Log2(number | 1) / 7) + 1;

    private static int SizeOf(string text) => SizeOf((ulong)text.Length) + (sizeof(char) * text.Length);

    private static void Write(ref Span<byte> rest, ulong number)
    {
        var i = 0;
        for (; number > 0x7F; number >>= 7)
        {
            rest[i++] = (byte)(number | 0x80);
        }

        rest[i] = (byte)number;
        rest = rest[(i + 1)..];
    }

    private static void Write(ref Span<byte> rest, string text)
    {
        Write(ref rest, (ulong)text.Length);
        MemoryMarshal.AsBytes(text.AsSpan()).CopyTo(rest);
        rest = rest[(sizeof(char) * text.Length)..];
    }

    private static ulong ReadNumber(ref ReadOnlySpan<byte> rest)
    {
        var number = 0UL;
        for (var i = 0; ; i++)
        {
            number |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] <= 0x7F)
            {
                rest = rest[(i + 1)..];
                return number;
            }
        }
    }

    private static string ReadText(ref ReadOnlySpan<byte> rest)
    {
        var size = sizeof(char) * (int)ReadNumber(ref rest);
        var text = new string(MemoryMarshal.Cast<byte, char>(rest[..size]));
        rest = rest[size..];
        return text;
    }
}
