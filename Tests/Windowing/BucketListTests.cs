using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class BucketListTests
{
    private static readonly CurrencyCode Euro = new("EUR");

    private readonly EntityMemory _memory = new(chunkLength: 16);

    [Fact]
    public void Buckets_are_found_in_order_wherever_they_were_added()
    {
        var list = new BucketList(_memory);
        List<(long Minute, string Currency)> added = [];
        var random = new Random(7);
        while (added.Count < 500)
        {
            (long Minute, string Currency) key = (random.Next(300), random.Next(2) == 0 ? "EUR" : "USD");
            var index = list.Find(key.Minute, new(key.Currency));
            Assert.Equal(added.Contains(key), index >= 0);
            if (index < 0)
            {
                list.Insert(~index, new(key.Minute, new(key.Currency), isNew: false)).NoteHandedOver(added.Count);
                added.Add(key);
            }

            Assert.Equal(added.Count, list.Count);
        }

        List<(long, string)> inOrder = [];
        for (var i = 0; i < list.Count; i++)
        {
            inOrder.Add((list[i].Minute, list[i].Currency.ToString()));
            Assert.Equal(i, list[list.Find(added[i].Minute, new(added[i].Currency))].WriteSequence);
        }

        Assert.Equal(added.Order(), inOrder);
    }

    [Fact]
    public void What_was_changed_stays_changed_while_others_come_and_go()
    {
        var list = new BucketList(_memory);
        for (var minute = 10; minute < 20; minute++)
        {
            list.Insert(~list.Find(minute, Euro), new(minute, Euro, isNew: false));
        }

        list[5].Totals.Count = 3;
        list[5].Sources.Set(_memory.Positions, new(1, 0, 7));
        list[5].Sources.Set(_memory.Positions, new(1, 1, 8));
        list.Insert(~list.Find(1, Euro), new(1, Euro, isNew: false));
        list.RemoveFirst(4);

        Assert.Equal(7, list.Count);
        Assert.Equal(7, _memory.Buckets.Count);
        Assert.Equal(13, list[0].Minute);
        Assert.Equal(3, list[list.Find(15, Euro)].Totals.Count);
        Assert.Equal(1, _memory.Positions.Count);
        list.RemoveFirst(7);
        Assert.Equal(0, list.Count);
        Assert.Equal(-1, list.Find(15, Euro));
        Assert.Equal((0, 0), (_memory.Buckets.Count, _memory.Positions.Count));
    }

    [Fact]
    public void A_bucket_is_empty_whatever_was_in_its_place()
    {
        var list = new BucketList(_memory);
        list.Insert(0, new(1, Euro, isNew: false)).Totals.Count = 5;
        list[0].Sources.Set(_memory.Positions, new(1, 0, 7));
        list.RemoveFirst(1);

        ref var bucket = ref list.Insert(0, new(2, Euro, isNew: false));
        Assert.Equal((0, 0, 2), (bucket.Totals.Count, bucket.WriteSequence, bucket.Minute));
        Assert.True(bucket.Sources.IsEmpty);
    }

    [Fact]
    public void There_is_no_bucket_beyond_the_last()
    {
        var list = new BucketList(_memory);
        list.Insert(0, new(1, Euro, isNew: false));
        list.Insert(1, new(2, Euro, isNew: false));
        list.RemoveFirst(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[1].Minute);
        Assert.Throws<OverflowException>(() => new Bucket(1L + int.MaxValue, Euro, isNew: true));
        Assert.Equal(1, _memory.Buckets.Count);
    }
}
