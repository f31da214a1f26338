using Microsoft.Extensions.DependencyInjection;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Streaming;

/// <summary>
/// A topic that is not what it was at the start. The broker's own topics change here: one that is still empty can be deleted and created anew
/// with more partitions without anybody noticing the difference.
/// </summary>
public sealed class TopicChangeTests
{
    private const int Before = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Partitions_that_the_broker_adds_are_read_from_their_start()
    {
        const int after = 6;
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, Before));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder, Configure);
        Replace(broker, after);
        for (var p = Before; p < after; p++) StreamSilo.Produce(broker, p, Values(100));

        await recorder.Until(() => Enumerable.Range(Before, after - Before).All(p => recorder.Records(p).Length >= 100), "the new partitions");
        StreamSilo.Produce(broker, 0, Values(100));
        await recorder.Until(() => recorder.Records(0).Length >= 100, "an old partition");

        Assert.Equal(after, silo.Control.PartitionCount);
        for (var p = Before; p < after; p++) Assert.Equal(Enumerable.Range(0, 100).Select(n => (long)n), recorder.Offsets(p));
        Assert.Empty(silo.Control.Faults);
    }

    [Theory]
    [InlineData(1, "has 1 partitions, and had 2")]
    [InlineData(0, "is gone, and had 2")]
    public async Task A_topic_that_lost_partitions_stands_still_with_a_fault(int after, string what)
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, Before));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder, Configure);
        StreamSilo.Produce(broker, 0, Values(10));
        await recorder.Until(() => recorder.Records(0).Length >= 10, "the first records");

        Replace(broker, after);

        await UntilAsync(() => silo.Control.Faults.Any(IsCertain), "the fault");

        // What another topic of this name has at the next offset is not what comes next.
        if (after == 0) broker.CreateTopic(StreamSilo.Topic, Before);
        StreamSilo.Produce(broker, 0, Values(20));
        await UntilAsync(() => silo.Control.QueryLogRangeAsync(0).GetAwaiter().GetResult() is { End: 20 }, "records of the other topic");
        await Task.Delay(5 * Interval, TestContext.Current.CancellationToken);
        Assert.Equal(10, recorder.Records(0).Length);
        Assert.Contains(silo.Control.Faults, IsCertain);
        Assert.Equal(Before, silo.Control.PartitionCount);

        bool IsCertain(string fault) =>
            fault.Contains(what, StringComparison.Ordinal) && fault.Contains("Reading stands still", StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_answer_that_lacks_partitions_stops_nothing()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, Before));
        var recorder = new Recorder();
        var partitions = new ScriptedPartitions(Before, Before, 1, Before);
        await using var silo = await StreamSilo.StartAsync(
            broker, recorder, Configure, builder => builder.Services.AddKeyedSingleton<ITopicPartitions>(StreamSilo.Provider, partitions));
        await UntilAsync(() => silo.Control.Faults.Any(fault => fault.Contains("has 1 partitions", StringComparison.Ordinal)), "the fault");

        await UntilAsync(() => silo.Control.Faults.Count == 0, "its end");
        StreamSilo.Produce(broker, 1, Values(10));
        await recorder.Until(() => recorder.Records(1).Length >= 10, "records");
    }

    private static void Configure(KafkaStreamOptions options)
    {
        options.PartitionRefreshInterval = Interval;
        options.MissingPartitionsPatience = Interval;
        options.Client["allow.auto.create.topics"] = "false";
    }

    private static void Replace(EmbeddedKafkaBroker broker, int partitions)
    {
        broker.DeleteTopic(StreamSilo.Topic);
        if (partitions > 0) broker.CreateTopic(StreamSilo.Topic, partitions);
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"Not in time: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static IEnumerable<string> Values(int count) => Enumerable.Range(0, count).Select(n => $"{n}");

    /// <summary>Gives one answer after the other, and the last one for ever.</summary>
    private sealed class ScriptedPartitions(params int[] answers) : ITopicPartitions
    {
        private int _next;

        public int Count(Confluent.Kafka.IAdminClient client, string topic, TimeSpan timeout) =>
            answers[Math.Min(Interlocked.Increment(ref _next), answers.Length) - 1];
    }
}
