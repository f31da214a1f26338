using Orleans.Runtime;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

public sealed class BatchContainerTests
{
    private static readonly KafkaBatchContainer<string> Container = new(StreamId.Create("s", "0"), new(0, 3, 7,
        [new(8, 1, "a", null), new(9, 1, null, new(null, [0xFF], "no")), new(10, 1, "b", null)]));

    [Fact]
    public void A_subscriber_gets_the_batch_the_records_or_the_values_as_it_asks()
    {
        var batch = Assert.Single(Container.GetEvents<KafkaBatch<string>>());
        Assert.Same(Container.Batch, batch.Item1);
        Assert.Equal(KafkaSequenceToken.After(3, 10), batch.Item2);

        Assert.Equal([8L, 9L, 10L], Container.GetEvents<KafkaRecord<string>>().Select(e => e.Item1.Offset));
        Assert.Equal(["a", "b"], Container.GetEvents<string>().Select(e => e.Item1));
        Assert.Equal([new KafkaSequenceToken(3, 8), new KafkaSequenceToken(3, 10)], Container.GetEvents<string>().Select(e => e.Item2));
    }

    [Fact]
    public void A_subscriber_that_wants_another_type_fails_instead_of_getting_nothing() =>
        Assert.Throws<InvalidOperationException>(() => Container.GetEvents<int>());

    [Fact]
    public void Tokens_order_by_epoch_then_offset_then_side()
    {
        KafkaSequenceToken[] sorted =
            [new(1, 9), KafkaSequenceToken.After(1, 9), new(2, 0), KafkaSequenceToken.After(2, 0), new(2, 1)];
        for (var i = 0; i < sorted.Length; i++)
            for (var j = 0; j < sorted.Length; j++) Assert.Equal(i.CompareTo(j), sorted[i].CompareTo(sorted[j]));
    }
}
