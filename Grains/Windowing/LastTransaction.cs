using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// The last transaction of an entity: as it came, or packed into bytes that the next one overwrites. Accounts are many and each has its
/// last transaction for long: as an object, every one would reach the collector's oldest generation, and make garbage of one there.
/// Merchants are few and busy, and theirs are soon gone.
/// </summary>
/// <remarks>Packed: a header, and the text as it is; as UTF-8 it would be half as long and take eight times as long to copy.</remarks>
internal struct LastTransaction
{
    // A CardTransaction, or bytes.
    private object? _value;

    /// <summary>Its event time in microseconds since the Unix epoch; <see cref="UnixMicros.None"/> when there is none.</summary>
    public readonly long OccurredAtMicros => _value switch
    {
        null => UnixMicros.None,
        CardTransaction transaction => transaction.OccurredAtMicros,
        var bytes => MemoryMarshal.Read<Header>((byte[])bytes).OccurredAtMicros,
    };

    public void Set(CardTransaction transaction) => _value = transaction;

    [MethodImpl(HotPath.Code)]
    public void Pack(CardTransaction transaction)
    {
        Header header = new(transaction);
        var size = Unsafe.SizeOf<Header>() + (sizeof(char) * header.Characters);
        if (_value is not byte[] bytes || bytes.Length < size)
        {
            // In whole words, as arrays are: the next one may be a little longer.
            _value = bytes = new byte[(size + sizeof(long) - 1) & -sizeof(long)];
        }

        MemoryMarshal.Write(bytes, header);
        var rest = MemoryMarshal.Cast<byte, char>(bytes.AsSpan(Unsafe.SizeOf<Header>()));
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

        var header = MemoryMarshal.Read<Header>(bytes);
        ReadOnlySpan<char> rest = MemoryMarshal.Cast<byte, char>(bytes.AsSpan(Unsafe.SizeOf<Header>()));
        return new()
        {
            OccurredAtMicros = header.OccurredAtMicros,
            AmountMinor = header.AmountMinor,
            Type = header.Type,
            Status = header.Status,
            Channel = header.Channel,
            TransactionId = Read(ref rest, header.TransactionIdLength),
            AccountId = Read(ref rest, header.AccountIdLength),
            MerchantId = Read(ref rest, header.MerchantIdLength),
            Currency = Read(ref rest, header.CurrencyLength),
            Category = Read(ref rest, header.CategoryLength),
            Country = Read(ref rest, header.CountryLength),
        };
    }

    private static void Write(ref Span<char> rest, string text)
    {
        text.CopyTo(rest);
        rest = rest[text.Length..];
    }

    private static string Read(ref ReadOnlySpan<char> rest, ushort length)
    {
        var text = rest[..length].ToString();
        rest = rest[length..];
        return text;
    }

    /// <summary>Everything but the text, and how long that is.</summary>
    /// <exception cref="OverflowException">A text has more than 65,535 characters; a valid one has 64 at most.</exception>
    private readonly struct Header(CardTransaction transaction)
    {
        public readonly long OccurredAtMicros = transaction.OccurredAtMicros;
        public readonly long AmountMinor = transaction.AmountMinor;
        public readonly TransactionType Type = transaction.Type;
        public readonly TransactionStatus Status = transaction.Status;
        public readonly TransactionChannel Channel = transaction.Channel;
        public readonly ushort TransactionIdLength = checked((ushort)transaction.TransactionId.Length);
        public readonly ushort AccountIdLength = checked((ushort)transaction.AccountId.Length);
        public readonly ushort MerchantIdLength = checked((ushort)transaction.MerchantId.Length);
        public readonly ushort CurrencyLength = checked((ushort)transaction.Currency.Length);
        public readonly ushort CategoryLength = checked((ushort)transaction.Category.Length);
        public readonly ushort CountryLength = checked((ushort)transaction.Country.Length);

        public int Characters =>
            TransactionIdLength + AccountIdLength + MerchantIdLength + CurrencyLength + CategoryLength + CountryLength;
    }
}
