using System.Text;
using Analytics.Ingest;
using Analytics.Transactions;
using Analytics.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;
using ProtoStatus = Analytics.V1.Transaction.Types.Status;
using ProtoType = Analytics.V1.Transaction.Types.Type;

namespace Analytics.Tests.Rules;

public sealed class TransactionValidatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly long NowMs = Now.ToUnixTimeMilliseconds();

    public static TheoryData<string, DeadLetterReason> Broken => new()
    {
        { "no transaction id", DeadLetterReason.MissingField },
        { "no account id", DeadLetterReason.MissingField },
        { "blank merchant id", DeadLetterReason.MissingField },
        { "no currency", DeadLetterReason.MissingField },
        { "no event time", DeadLetterReason.MissingField },
        { "long transaction id", DeadLetterReason.FieldTooLong },
        { "long category", DeadLetterReason.FieldTooLong },
        { "long country", DeadLetterReason.FieldTooLong },
        { "negative amount", DeadLetterReason.NegativeAmount },
        { "unknown currency", DeadLetterReason.UnknownCurrency },
        { "lower-case currency", DeadLetterReason.UnknownCurrency },
        { "no type", DeadLetterReason.TypeUnspecified },
        { "no status", DeadLetterReason.StatusUnspecified },
        { "future", DeadLetterReason.EventTimeInFuture },
        { "control character", DeadLetterReason.Undecodable },
        { "time before 1900", DeadLetterReason.Undecodable },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Check_names_the_rule_that_is_broken(string what, DeadLetterReason reason)
    {
        var rejection = TransactionValidator.Check(Break(Valid(), what), Now, out var transaction);

        Assert.Equal(reason, rejection?.Reason);
        Assert.NotEmpty(rejection!.Detail);
        Assert.Null(transaction);
    }

    [Fact]
    public void Check_accepts_ids_with_any_printable_character_and_times_up_to_five_minutes_ahead()
    {
        var message = Valid();
        message.MerchantId = "sainsburys s/mkts & söhne 🙂";
        message.OccurredAt = Timestamp.FromDateTimeOffset(Now.AddMinutes(5));

        Assert.Null(TransactionValidator.Check(message, Now, out var transaction));
        Assert.Equal(message, transaction!.ToMessage());
    }

    [Fact]
    public void Numbers_of_newer_producers_are_kept()
    {
        var message = Valid();
        message.Type = (ProtoType)42;
        message.Status = (ProtoStatus)43;

        Assert.Null(TransactionValidator.Check(message, Now, out var transaction));
        Assert.Equal((42, 43), ((int)transaction!.Type, (int)transaction.Status));
    }

    [Fact]
    public void The_decoder_keeps_the_bytes_of_what_it_rejects()
    {
        var decoder = new TransactionDecoder(new FakeTimeProvider(Now));
        byte[] garbage = [0xff, 0xff, 0xff];

        var record = decoder.Decode("k"u8, false, garbage, false, NowMs);

        Assert.Equal(DeadLetterReason.Undecodable, record.Rejected?.Rejection.Reason);
        Assert.Equal(garbage, record.Rejected!.Value);
        Assert.Equal("k"u8.ToArray(), record.Rejected.Key);
        Assert.Null(decoder.Decode([], true, [], true, NowMs).Rejected!.Value);
    }

    [Fact]
    public void An_empty_value_is_a_message_without_its_fields()
    {
        var record = new TransactionDecoder(new FakeTimeProvider(Now)).Decode([], true, [], false, NowMs);

        Assert.Equal(DeadLetterReason.MissingField, record.Rejected?.Rejection.Reason);
    }

    [Theory]
    [InlineData("acc", false, null)]
    [InlineData("other", false, DeadLetterReason.KeyMismatch)]
    [InlineData("", false, DeadLetterReason.KeyMismatch)]
    [InlineData("", true, null)]
    public void The_key_is_the_account_id_or_absent(string key, bool isNull, DeadLetterReason? reason)
    {
        var record = new TransactionDecoder(new FakeTimeProvider(Now))
            .Decode(Encoding.UTF8.GetBytes(key), isNull, Valid().ToByteArray(), false, NowMs);

        Assert.Equal(reason, record.Rejected?.Rejection.Reason);
        Assert.Equal(reason is null, record.Transaction is not null);
    }

    /// <summary>What was read once may be durable in part when it is read again; it was in the future, or was not, when it was written.</summary>
    [Theory]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void An_event_time_is_judged_by_when_its_record_was_written_whenever_it_is_read(int secondsAhead, bool isAccepted)
    {
        var time = new FakeTimeProvider(Now);
        var decoder = new TransactionDecoder(time);
        var message = Valid();
        message.OccurredAt = Timestamp.FromDateTimeOffset(Now.AddSeconds(secondsAhead));

        // Plain, and as the protobuf library reads it.
        message.MerchantId = "m";
        var plain = message.ToByteArray();
        message.MerchantId = "müller";
        byte[][] values = [plain, message.ToByteArray()];
        foreach (var readAfter in new[] { TimeSpan.FromMinutes(-65), TimeSpan.FromMinutes(-60), TimeSpan.Zero, TimeSpan.FromSeconds(2), TimeSpan.FromDays(1) })
        {
            time.AdjustTime(Now + readAfter);
            foreach (var value in values)
            {
                var record = decoder.Decode("acc"u8, false, value, false, NowMs);
                Assert.Equal(isAccepted ? null : DeadLetterReason.EventTimeInFuture, record.Rejected?.Rejection.Reason);
                Assert.Equal(isAccepted, record.Transaction is not null);
            }
        }
    }

    /// <summary>Brokers refuse a timestamp that is an hour ahead by default, and clocks differ by less than five minutes; stream time must not follow it.</summary>
    [Theory]
    [InlineData(-1L, 0)]
    [InlineData(0L, 0)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(1_000_000_000_000_000L, 0)]
    [InlineData(null, 3_901)]
    public void A_record_without_a_credible_timestamp_is_judged_by_the_readers_clock(long? timestampMs, int secondsAhead)
    {
        var decoder = new TransactionDecoder(new FakeTimeProvider(Now));
        var written = timestampMs ?? NowMs + (secondsAhead * 1_000L);
        var message = Valid();
        Assert.NotNull(decoder.Decode("acc"u8, false, message.ToByteArray(), false, written).Transaction);

        message.OccurredAt = Timestamp.FromDateTimeOffset(Now.AddMinutes(6));

        Assert.Equal(
            DeadLetterReason.EventTimeInFuture,
            decoder.Decode("acc"u8, false, message.ToByteArray(), false, written).Rejected?.Rejection.Reason);
    }

    private static Transaction Valid() => new()
    {
        TransactionId = "t",
        AccountId = "acc",
        MerchantId = "m",
        AmountMinor = 1,
        Currency = "GBP",
        OccurredAt = Timestamp.FromDateTimeOffset(Now),
        Type = ProtoType.Purchase,
        Status = ProtoStatus.Approved,
    };

    private static Transaction Break(Transaction message, string what)
    {
        switch (what)
        {
            case "no transaction id": message.TransactionId = ""; break;
            case "no account id": message.AccountId = ""; break;
            case "blank merchant id": message.MerchantId = "  "; break;
            case "no currency": message.Currency = ""; break;
            case "no event time": message.OccurredAt = null; break;
            case "long transaction id": message.TransactionId = new('x', 65); break;
            case "long category": message.Category = new('x', 65); break;
            case "long country": message.Country = "GBR"; break;
            case "negative amount": message.AmountMinor = -1; break;
            case "unknown currency": message.Currency = "QQQ"; break;
            case "lower-case currency": message.Currency = "gbp"; break;
            case "no type": message.Type = ProtoType.Unspecified; break;
            case "no status": message.Status = ProtoStatus.Unspecified; break;
            case "future": message.OccurredAt = Timestamp.FromDateTimeOffset(Now.AddMinutes(5).AddSeconds(1)); break;
            case "control character": message.AccountId = "a\u0000b"; break;
            case "time before 1900": message.OccurredAt = new Timestamp { Seconds = -5_000_000_000 }; break;
            default: throw new ArgumentOutOfRangeException(nameof(what), what, null);
        }

        return message;
    }
}
