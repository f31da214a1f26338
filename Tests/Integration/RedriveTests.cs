using System.Text;
using Analytics.V1;
using Confluent.Kafka;
using Google.Protobuf;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Analytics.Tests.Integration;

/// <summary>Dead letters sent again by the executable, against a running silo and its broker.</summary>
public sealed class RedriveTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    // DESIGN.md section 3: a time is in the future when it is more than this ahead of its record.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_letter_that_is_still_wrong_comes_back_with_a_larger_count_and_one_that_is_right_by_now_is_accepted()
    {
        await using var serve = await ServeProcess.StartAsync("serve", Cancellation);
        var acceptableAt = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(15);
        Produce(serve.BootstrapServers, "other", Record("mismatched", DateTimeOffset.UtcNow));
        Produce(serve.BootstrapServers, "acc", Record("early", acceptableAt + Ahead));
        await WaitAsync(serve, "deadLettered", 2);

        // A letter of another reason is neither sent nor lost.
        await RedriveAsync(serve, "redriven 1 of 2", "--reason", "key_mismatch");
        await WaitAsync(serve, "deadLettered", 3);
        await RedriveAsync(serve, "redriven 1 of ", "--reason", "key_mismatch", "--limit", "1");
        await WaitAsync(serve, "deadLettered", 4);
        var mismatched = ReadAll(serve.BootstrapServers).Where(r => Transaction.Parser.ParseFrom(r.Message.Value).TransactionId == "mismatched").ToList();
        Assert.Equal([null, "1", "2"], mismatched.Select(r => Header(r, "dl-redrives")).Order(StringComparer.Ordinal));
        Assert.All(mismatched, r => Assert.Equal("other", Encoding.UTF8.GetString(r.Message.Key)));
        Assert.Single(mismatched.Select(r => Convert.ToHexString(r.Message.Value)).Distinct());
        Assert.Equal(2, mismatched.Count(r => DateTimeOffset.TryParse(Header(r, "dl-redriven-at"), out _)));

        while (DateTimeOffset.UtcNow < acceptableAt)
        {
            await Task.Delay(100, Cancellation);
        }

        await RedriveAsync(serve, "redriven 1 of ", "--reason", "event_time_in_future");
        Assert.Equal(4, await WaitAsync(serve, "accepted", 1));

        // All reasons: what was redriven reason by reason is not sent again.
        await RedriveAsync(serve, "redriven 1 of ");
        Assert.Equal(5, await WaitAsync(serve, "deadLettered", 5));
        await RedriveAsync(serve, "redriven 0 of ", "--reason", "event_time_in_future");
        await serve.WaitForOverviewAsync(o => (long)o["accepted"]! == 1 && (long)o["duplicates"]! == 0, Deadline, Cancellation);
    }

    [Fact]
    public async Task Many_letters_go_in_the_order_of_the_topic_and_a_limit_stops_in_between()
    {
        const int Letters = 1_200;
        await using var serve = await ServeProcess.StartAsync("serve", Cancellation);
        Produce(serve.BootstrapServers, "other", Enumerable.Range(0, Letters).Select(i => Record($"m{i}", DateTimeOffset.UtcNow)));
        await WaitAsync(serve, "deadLettered", Letters);
        await RedriveAsync(serve, "redriven 700 of 700", "--limit", "700");
        await WaitAsync(serve, "deadLettered", Letters + 700);
        await RedriveAsync(serve, $"redriven {Letters:N0} of {Letters:N0}", "--limit", $"{Letters}");
        await WaitAsync(serve, "deadLettered", Letters + 700 + Letters);

        // Each letter once; the second run has met the first of the letters that the first run made.
        var counts = ReadAll(serve.BootstrapServers).CountBy(r => Header(r, "dl-redrives") ?? "0").ToDictionary();
        Assert.Equal((Letters, Letters, 700), (counts["0"], counts["1"], counts["2"]));
    }

    [Theory]
    [InlineData("--reason", "nonsense")]
    [InlineData("--limit", "0")]
    [InlineData("--bootstrap-servers", "127.0.0.1:1")]
    public async Task A_wrong_option_or_a_broker_that_does_not_answer_is_exit_code_2(string option, string value)
    {
        var (exitCode, output) = await ServeProcess.RunAsync(Cancellation, "redrive", option, value);

        Assert.True(exitCode == 2, output);
    }

    private static async Task RedriveAsync(ServeProcess serve, string expected, params string[] options)
    {
        var (exitCode, output) = await ServeProcess.RunAsync(
            Cancellation, ["redrive", "--bootstrap-servers", serve.BootstrapServers, .. options]);
        Assert.True(exitCode == 0, output);
        Assert.StartsWith(expected, output, StringComparison.Ordinal);
    }

    /// <returns>The number of dead letters then.</returns>
    private static async Task<long> WaitAsync(ServeProcess serve, string counter, long count) =>
        (long)(await serve.WaitForOverviewAsync(o => (long)o[counter]! >= count, Deadline, Cancellation))["deadLettered"]!;

    private static void Produce(string bootstrapServers, string key, params IEnumerable<byte[]> values)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = bootstrapServers }).Build();
        foreach (var value in values)
        {
            producer.Produce("transactions", new() { Key = Encoding.UTF8.GetBytes(key), Value = value });
        }

        producer.Flush(Cancellation);
    }

    /// <summary>Every record of the topic of transactions.</summary>
    private static List<ConsumeResult<byte[], byte[]>> ReadAll(string bootstrapServers)
    {
        const int Partitions = 4;
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "redrive-test",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset("transactions", p, Offset.Beginning)));
        List<ConsumeResult<byte[], byte[]>> records = [];
        using var deadline = new CancellationTokenSource(Deadline);
        for (var ends = 0; ends < Partitions;)
        {
            var record = consumer.Consume(deadline.Token);
            if (record.IsPartitionEOF)
            {
                ends++;
            }
            else
            {
                records.Add(record);
            }
        }

        return records;
    }

    private static string? Header(ConsumeResult<byte[], byte[]> record, string name) =>
        record.Message.Headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static byte[] Record(string id, DateTimeOffset occurredAt) => new Transaction
    {
        TransactionId = id,
        AccountId = "acc",
        MerchantId = "m",
        AmountMinor = 100,
        Currency = "GBP",
        OccurredAt = Timestamp.FromDateTimeOffset(occurredAt),
        Type = Transaction.Types.Type.Purchase,
        Status = Transaction.Types.Status.Approved,
    }.ToByteArray();
}
