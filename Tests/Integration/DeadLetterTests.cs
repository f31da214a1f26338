using System.Text;
using Analytics.V1;
using Confluent.Kafka;
using Google.Protobuf;

namespace Analytics.Tests.Integration;

/// <summary>Bad records among good ones, through the broker, the executable and the dead-letter topic.</summary>
public sealed class DeadLetterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bad_records_arrive_unchanged_with_their_reason_and_their_neighbours_are_counted()
    {
        await using var serve = await ServeProcess.StartAsync("serve", Cancellation);
        var hourAgo = DateTimeOffset.UtcNow.AddHours(-1);
        (byte[]? Key, byte[]? Value, string Reason)[] bad =
        [
            (Key("acc"), [0xff, 0xfe, 0xfd, 0x00, 0x80], "undecodable"),
            (Key("acc"), null, "undecodable"),
            (Key("acc"), [], "missing_field"),
            (Key("acc"), Bytes(m => m.MerchantId = ""), "missing_field"),
            (Key(new string('x', 65)), Bytes(m => m.AccountId = new('x', 65)), "field_too_long"),
            (Key("acc"), Bytes(m => m.AmountMinor = -5), "negative_amount"),
            (Key("acc"), Bytes(m => m.Currency = "QQQ"), "unknown_currency"),
            (Key("acc"), Bytes(m => m.Type = Transaction.Types.Type.Unspecified), "type_unspecified"),
            (Key("acc"), Bytes(m => m.Status = Transaction.Types.Status.Unspecified), "status_unspecified"),
            (Key("acc"), Bytes(m => m.OccurredAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow.AddHours(1))), "event_time_in_future"),
            (Key("other"), Bytes(_ => { }), "key_mismatch"),

            // Written an hour ago, and then half an hour ahead: who reads it now must not say otherwise.
            (Key("acc"), Bytes(m => m.OccurredAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(hourAgo.AddMinutes(30))), "event_time_in_future"),
        ];
        using (var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = serve.BootstrapServers }).Build())
        {
            foreach (var (key, value, _) in bad)
            {
                producer.Produce(new TopicPartition("transactions", 0), new() { Key = Key("acc"), Value = Bytes(_ => { }) });
                var isLast = value == bad[^1].Value;
                producer.Produce(
                    new TopicPartition("transactions", 0),
                    new() { Key = key, Value = value, Timestamp = isLast ? new(hourAgo) : Timestamp.Default });
            }

            producer.Flush(Cancellation);
        }

        var overview = await serve.WaitForOverviewAsync(
            o => (long)o["accepted"]! + (long)o["deadLettered"]! >= bad.Length * 2, TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(bad.Length, (long)overview["accepted"]!);
        Assert.Equal(bad.Length, (long)overview["deadLettered"]!);
        var account = await serve.GetAsync("/v1/accounts/acc?asOf=now", Cancellation);
        Assert.Equal(bad.Length, (long)account["currencies"]![0]!["windows"]!["24h"]!["count"]!);

        var letters = ReadDeadLetters(serve.BootstrapServers, bad.Length);
        Assert.Equal(bad.Length, letters.Count);
        for (var i = 0; i < bad.Length; i++)
        {
            // Bad record i has offset 2i + 1: each follows a good one.
            var letter = letters.Single(l => Header(l, "dl-offset") == $"{(2 * i) + 1}");
            Assert.Equal(bad[i].Key, letter.Message.Key);
            Assert.Equal(bad[i].Value, letter.Message.Value);
            Assert.Equal(bad[i].Reason, Header(letter, "dl-reason"));
            Assert.Equal("transactions", Header(letter, "dl-topic"));
            Assert.Equal("0", Header(letter, "dl-partition"));
            Assert.NotEmpty(Header(letter, "dl-detail"));
            Assert.True(DateTimeOffset.TryParse(Header(letter, "dl-at"), out _));
        }
    }

    private static List<ConsumeResult<byte[]?, byte[]?>> ReadDeadLetters(string bootstrapServers, int count)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "dead-letter-test",
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).Build();
        consumer.Subscribe("transactions.dlq");
        List<ConsumeResult<byte[]?, byte[]?>> letters = [];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (letters.Count < count)
        {
            letters.Add(consumer.Consume(deadline.Token));
        }

        return letters;
    }

    private static string Header(ConsumeResult<byte[]?, byte[]?> letter, string name) =>
        Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes(name));

    private static byte[] Key(string key) => Encoding.UTF8.GetBytes(key);

    private static byte[] Bytes(Action<Transaction> change)
    {
        var message = new Transaction
        {
            TransactionId = Guid.NewGuid().ToString("N"),
            AccountId = "acc",
            MerchantId = "m",
            AmountMinor = 100,
            Currency = "GBP",
            OccurredAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow),
            Type = Transaction.Types.Type.Purchase,
            Status = Transaction.Types.Status.Approved,
        };
        change(message);
        return message.ToByteArray();
    }
}
