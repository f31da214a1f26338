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
        Assert.Equal([9], TakenRuns());

        list.RemoveFirst(499);
        Assert.Equal(added.Max(), (list[0].Minute, list[0].Currency.ToString()));
        Assert.Empty(TakenRuns());
        list.Insert(1, new(301, Euro, isNew: false));
        Assert.Equal([1], TakenRuns());
        list.RemoveFirst(2);
        Assert.Empty(TakenRuns());

        // The rooms of which a run is taken.
        IEnumerable<int> TakenRuns() => Enumerable.Range(0, 31).Where(log2 => _memory.Numbers(log2).Count > 0);
    }

    [Fact]
    public void Lists_that_grow_side_by_side_keep_their_own_buckets()
    {
        var lists = Enumerable.Range(0, 5).Select(_ => new BucketList(_memory)).ToArray();
        for (var minute = 0; minute < 40; minute++)
        {
            for (var i = 0; i < lists.Length; i++)
            {
                lists[i].Insert(minute, new(minute, Euro, isNew: false)).Totals.Count = (100 * i) + minute;
            }
        }

        for (var i = 0; i < lists.Length; i++)
        {
            lists[i].RemoveFirst(i);
            Assert.Equal((40 - i, (100 * i) + i), (lists[i].Count, lists[i][0].Totals.Count));
            Assert.Equal((100 * i) + 39, lists[i][39 - i].Totals.Count);
        }
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
