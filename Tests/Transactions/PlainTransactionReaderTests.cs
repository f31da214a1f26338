using System.Text;
using Analytics.Ingest;
using Analytics.Transactions;
using Analytics.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ProtoChannel = Analytics.V1.Transaction.Types.Channel;
using ProtoStatus = Analytics.V1.Transaction.Types.Status;
using ProtoType = Analytics.V1.Transaction.Types.Type;

namespace Analytics.Tests.Rules;

/// <summary>The short way to a transaction says what the protobuf library and the validator say, or nothing.</summary>
public sealed class PlainTransactionReaderTests
{
    private const int Seed = 20260301;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Currencies = ["GBP", "EUR", "USD", "JPY", "XXX", "gbp", ""];
    private static readonly string[] Texts = ["", " ", "a", "shop/1 & co", "söhne 🙂", "a\u0000b", "tab\there", new('x', 64), new('x', 65)];

    private readonly PlainTransactionReader _reader = new();

    [Fact]
    public void Plain_records_are_read()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 2_000; i++)
        {
            var message = Plain(random);
            Assert.Equal(Expected(message.AccountId, message.ToByteArray()), Read(message.AccountId, message.ToByteArray()));
        }
    }

    [Fact]
    public void Unusual_values_are_read_rightly_or_left_to_the_library()
    {
        var random = new Random(Seed);
        var (read, left) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var message = Plain(random);
            MakeUnusual(message, random);
            var key = random.Next(10) == 0 ? "other" : message.AccountId;
            Count(key, message.ToByteArray(), ref read, ref left);
        }

        Assert.NotEqual(0, read);
        Assert.NotEqual(0, left);
    }

    [Fact]
    public void Broken_bytes_are_read_rightly_or_left_to_the_library()
    {
        var random = new Random(Seed);
        var (read, left) = (0, 0);
        for (var i = 0; i < 50_000; i++)
        {
            var message = Plain(random);
            var bytes = message.ToByteArray().ToList();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                Break(bytes, random);
            }

            Count(message.AccountId, [.. bytes], ref read, ref left);
        }

        Assert.NotEqual(0, read);
        Assert.NotEqual(0, left);
    }

    [Fact]
    public void A_table_of_strings_repeats_an_instance_and_never_answers_with_another_text()
    {
        var strings = new AsciiStrings(1);
        var first = strings.Get("shop/1"u8);

        Assert.Equal("shop/1", first);
        Assert.Same(first, strings.Get("shop/1"u8));
        Assert.Equal("shop/2", strings.Get("shop/2"u8));
        Assert.Equal("shop/1", strings.Get("shop/1"u8));
        Assert.Equal("", strings.Get([]));
        Assert.Null(strings.Get("s\u00f6hne"u8));
        Assert.Null(strings.Get("a\tb"u8));
    }

    private void Count(string key, byte[] value, ref int read, ref int left)
    {
        var transaction = Read(key, value);
        if (transaction is null)
        {
            left++;
            return;
        }

        read++;
        Assert.Equal(Expected(key, value), transaction);
    }

    private CardTransaction? Read(string key, byte[] value) => _reader.TryRead(Encoding.UTF8.GetBytes(key), false, value, Now);

    // Null when the record is to be rejected.
    private static CardTransaction? Expected(string key, byte[] value)
    {
        try
        {
            return TransactionValidator.Check(Transaction.Parser.ParseFrom(value), Now, out var transaction) is null
                && TransactionValidator.CheckKey(Encoding.UTF8.GetBytes(key), false, transaction!) is null
                    ? transaction
                    : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static Transaction Plain(Random random) => new()
    {
        TransactionId = Guid.NewGuid().ToString("N"),
        AccountId = $"account {random.Next(1_000)}",
        MerchantId = $"shop/{random.Next(100)} & co",
        AmountMinor = random.NextInt64(1L << random.Next(1, 62)),
        Currency = Currencies[random.Next(4)],
        OccurredAt = Timestamp.FromDateTimeOffset(Now.AddMilliseconds(-random.NextInt64(1L << random.Next(1, 36)))),
        Type = (ProtoType)random.Next(1, 4),
        Status = (ProtoStatus)random.Next(1, 4),
        Category = random.Next(2) == 0 ? "" : "5411",
        Country = random.Next(2) == 0 ? "" : "GB",
        Channel = (ProtoChannel)random.Next(0, 4),
    };

    private static void MakeUnusual(Transaction message, Random random)
    {
        switch (random.Next(12))
        {
            case 0: message.TransactionId = Texts[random.Next(Texts.Length)]; break;
            case 1: message.AccountId = Texts[random.Next(Texts.Length)]; break;
            case 2: message.MerchantId = Texts[random.Next(Texts.Length)]; break;
            case 3: message.AmountMinor = -random.NextInt64(0, 1_000); break;
            case 4: message.Currency = Currencies[random.Next(Currencies.Length)]; break;
            case 5: message.OccurredAt = null; break;
            case 6: message.OccurredAt = new() { Seconds = random.NextInt64(-80_000_000_000, 300_000_000_000), Nanos = random.Next(-5, 1_000_000_100) }; break;
            case 7: message.OccurredAt = Timestamp.FromDateTimeOffset(Now.AddSeconds(random.Next(0, 600))); break;
            case 8: message.Type = (ProtoType)random.Next(-2, 60); break;
            case 9: message.Status = (ProtoStatus)random.Next(-2, 60); break;
            case 10: message.Category = Texts[random.Next(Texts.Length)]; break;
            default: message.Country = Texts[random.Next(Texts.Length)]; break;
        }
    }

    private static void Break(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(4))
        {
            case 0: bytes[at] = (byte)random.Next(256); break;
            case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 2: bytes.Insert(at, (byte)random.Next(256)); break;
            default: bytes.RemoveRange(at, Math.Min(random.Next(1, 4), bytes.Count - 1 - at)); break;
        }
    }
}
