using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class BucketListTests
{
    [Fact]
    public void Buckets_are_found_in_order_wherever_they_were_added()
    {
        var list = new BucketList();
        List<(long Minute, string Currency)> added = [];
        var random = new Random(7);
        while (added.Count < 500)
        {
            (long Minute, string Currency) key = (random.Next(300), random.Next(2) == 0 ? "EUR" : "USD");
            var index = list.Find(key.Minute, key.Currency);
            Assert.Equal(added.Contains(key), index >= 0);
            if (index < 0)
            {
                list.Insert(~index, new(key.Minute, key.Currency) { WriteSequence = added.Count });
                added.Add(key);
            }

            Assert.Equal(added.Count, list.Count);
        }

        Assert.Equal(added.Order(), list.All.ToArray().Select(bucket => (bucket.Minute, bucket.Currency)));
        for (var i = 0; i < added.Count; i++)
        {
            Assert.Equal(i, list[list.Find(added[i].Minute, added[i].Currency)].WriteSequence);
        }
    }

    [Fact]
    public void What_was_changed_stays_changed_while_others_come_and_go()
    {
        var list = new BucketList();
        for (var minute = 10; minute < 20; minute++)
        {
            list.Insert(~list.Find(minute, "EUR"), new(minute, "EUR"));
        }

        list[5].Totals.Count = 3;
        list.Insert(~list.Find(1, "EUR"), new(1, "EUR"));
        list.RemoveFirst(4);

        Assert.Equal(7, list.Count);
        Assert.Equal(13, list[0].Minute);
        Assert.Equal(3, list[list.Find(15, "EUR")].Totals.Count);
        list.Clear();
        Assert.Equal(0, list.Count);
        Assert.Equal(-1, list.Find(15, "EUR"));
    }

    [Fact]
    public void There_is_no_bucket_beyond_the_last()
    {
        var list = new BucketList();
        list.Insert(0, new(1, "EUR"));
        list.Insert(1, new(2, "EUR"));
        list.RemoveFirst(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[1].Minute);
    }
}
