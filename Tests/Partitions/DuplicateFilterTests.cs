using Analytics.Partitions;

namespace Analytics.Tests.Partitions;

public sealed class DuplicateFilterTests
{
    private static readonly TimeSpan Horizon = TimeSpan.FromMinutes(10);
    private static readonly long HorizonMicros = (long)Horizon.TotalMicroseconds;

    [Fact]
    public void An_id_is_known_within_the_horizon_and_forgotten_after_it()
    {
        var filter = new DuplicateFilter(Horizon, 10);

        Assert.False(filter.IsDuplicate("x", 0));
        Assert.True(filter.IsDuplicate("x", HorizonMicros));
        Assert.False(filter.IsDuplicate("x", HorizonMicros + 1));
        Assert.True(filter.IsDuplicate("x", HorizonMicros + 2));
    }

    [Fact]
    public void At_most_the_limit_is_remembered()
    {
        var filter = new DuplicateFilter(Horizon, 3);
        foreach (var id in new[] { "a", "b", "c", "d" })
        {
            filter.IsDuplicate(id, 0);
        }

        Assert.Equal(3, filter.Count);
        Assert.True(filter.IsDuplicate("b", 0));
        Assert.False(filter.IsDuplicate("a", 0));
    }

    [Fact]
    public void A_wrong_clock_moves_log_time_by_half_a_horizon_and_never_back()
    {
        var filter = new DuplicateFilter(Horizon, 10);
        var now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Assert.False(filter.IsDuplicate("before", filter.LogTime(now)));

        Assert.False(filter.IsDuplicate("wrong clock", filter.LogTime(long.MaxValue)));
        Assert.Equal((now * 1_000) + (HorizonMicros / 2), filter.NewestMicros);

        Assert.True(filter.IsDuplicate("before", filter.LogTime(now)));
        Assert.False(filter.IsDuplicate("after", filter.LogTime(-1)));
        Assert.True(filter.IsDuplicate("after", filter.LogTime(now)));
    }

    [Fact]
    public void The_first_log_time_is_one_that_every_store_can_hold()
    {
        var filter = new DuplicateFilter(Horizon, 10);
        Assert.Equal(2200, Analytics.Transactions.UnixMicros.ToDateTimeOffset(filter.LogTime(long.MaxValue)).Year);
        Assert.Equal(0, filter.LogTime(-1));
    }

    [Fact]
    public void A_restored_filter_judges_as_the_one_before_it()
    {
        var random = new Random(7);
        var records = Enumerable.Range(0, 5_000)
            .Select(i => (Id: $"t{random.Next(2_000)}", At: (i * 1_000_000L) + random.Next(5_000_000))).ToList();
        var whole = new DuplicateFilter(Horizon, 300);
        List<(string Id, long At)> accepted = [];
        List<bool> verdicts = [];
        foreach (var (id, at) in records)
        {
            verdicts.Add(whole.IsDuplicate(id, at));
            if (!verdicts[^1])
            {
                accepted.Add((id, at));
            }

            if (verdicts.Count == 2_500)
            {
                // What the store would give back: the newest ids in the order of acceptance.
                whole = new(Horizon, 300);
                accepted.TakeLast(300).ToList().ForEach(r => whole.Restore(r.Id, r.At));
            }
        }

        var reference = new DuplicateFilter(Horizon, 300);
        Assert.Equal(records.Select(r => reference.IsDuplicate(r.Id, r.At)), verdicts);
        Assert.Contains(true, verdicts);
    }
}
