using Analytics.Ingest;
using Analytics.Partitions;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Partitions;

public sealed class DeliveryQueueTests
{
    private const long Epoch = 1;

    [Fact]
    public void Batches_that_follow_each_other_wait_in_their_order()
    {
        var queue = new DeliveryQueue(Epoch, 9);
        var first = Batch(10, 10, 11, 12);
        var second = Batch(13, 13);

        Assert.Equal([Delivery.Queued, Delivery.Queued], [queue.Add(first), queue.Add(second)]);
        Assert.Equal((13L, 4L), (queue.Through, queue.Records));

        Assert.Equal([first, second], TakeAll(queue));
        Assert.Equal((13L, 0L), (queue.Through, queue.Records));
    }

    [Fact]
    public void A_batch_that_continues_behind_the_next_offset_is_a_gap_and_changes_nothing()
    {
        var queue = new DeliveryQueue(Epoch, 9);
        Assert.Equal(Delivery.Gap, queue.Add(Batch(11, 11, 12)));
        Assert.Equal(9, queue.Through);

        Assert.Equal(Delivery.Queued, queue.Add(Batch(10, 10)));
        Assert.Equal(Delivery.Gap, queue.Add(Batch(12, 12)));
        Assert.Equal((10L, 1L), (queue.Through, queue.Records));
    }

    /// <summary>Compaction and transaction markers leave offsets without a record; what counts is where reading continued.</summary>
    [Fact]
    public void A_hole_in_the_log_is_not_a_gap()
    {
        var queue = new DeliveryQueue(Epoch, 9);

        Assert.Equal(Delivery.Queued, queue.Add(Batch(10, 15, 17)));
        Assert.Equal(17, queue.Through);
    }

    /// <summary>The offset alone would make it look like the next one, or like one that is known.</summary>
    [Theory]
    [InlineData(0, 10)]
    [InlineData(2, 10)]
    [InlineData(2, 5)]
    public void A_batch_of_another_epoch_is_a_gap(long epoch, long offset)
    {
        var queue = new DeliveryQueue(Epoch, 9);

        Assert.Equal(Delivery.Gap, queue.Add(Batch(offset, offset) with { Epoch = epoch }));
        Assert.Equal((9L, 0L), (queue.Through, queue.Records));
    }

    /// <summary>The oldest records of a log may be gone by the time it is first read.</summary>
    [Fact]
    public void Without_a_checkpoint_the_log_may_begin_anywhere_and_has_no_gap_from_there()
    {
        var queue = new DeliveryQueue(Epoch, through: null);
        Assert.Equal(Delivery.Gap, queue.Add(Batch(100, 100) with { Epoch = 2 }));

        Assert.Equal(Delivery.Queued, queue.Add(Batch(100, 100)));
        Assert.Equal(Delivery.Gap, queue.Add(Batch(102, 102)));
    }

    /// <summary>Its second delivery may come before it is applied, while it is, and afterwards.</summary>
    [Fact]
    public void A_batch_that_is_delivered_again_is_queued_once()
    {
        var queue = new DeliveryQueue(Epoch, 9);
        var batch = Batch(10, 10, 11);
        Assert.Equal(Delivery.Queued, queue.Add(batch));

        Assert.Equal(Delivery.Known, queue.Add(Batch(10, 10, 11)));
        Assert.True(queue.TryPeek(out _));
        Assert.Equal(Delivery.Known, queue.Add(Batch(11, 11)));
        Assert.Equal([batch], TakeAll(queue));
        Assert.Equal(Delivery.Known, queue.Add(Batch(10, 10, 11)));
        Assert.False(queue.TryPeek(out _));
    }

    [Fact]
    public void What_the_checkpoint_covers_is_known_and_what_reaches_beyond_it_is_queued()
    {
        var queue = new DeliveryQueue(Epoch, 9);
        Assert.Equal(Delivery.Known, queue.Add(Batch(8, 8, 9)));

        Assert.Equal(Delivery.Queued, queue.Add(Batch(8, 8, 9, 10)));
        Assert.Equal(10, queue.Through);
    }

    private static KafkaBatch<IngestedRecord> Batch(long continuesFrom, params long[] offsets) =>
        new(0, Epoch, continuesFrom, [.. offsets.Select(offset => new KafkaRecord<IngestedRecord>(offset, 1_000, default!, null))]);

    private static List<KafkaBatch<IngestedRecord>> TakeAll(DeliveryQueue queue)
    {
        List<KafkaBatch<IngestedRecord>> batches = [];
        while (queue.TryPeek(out var batch))
        {
            batches.Add(batch);
            queue.Dequeue();
        }

        return batches;
    }
}
