using System.Diagnostics;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Measure;

namespace Analytics.Tests.Silo.Bench;

public sealed class FindingsTests
{
    [Theory]
    [InlineData(true, 30_000, false)]
    [InlineData(true, 30_001, true)]
    [InlineData(false, 30_001, false)]
    public void A_store_is_behind_when_more_than_three_seconds_of_records_are_not_durable(bool keepsRows, long undurable, bool isBehind) =>
        Assert.Equal(isBehind, Findings.StoreIsBehind(keepsRows, undurable, 10_000) is not null);

    [Theory]
    [InlineData(0, 0, 50_000)]
    [InlineData(2_000, 2_000, 50_000)] // A lag that stays is no loss of rate.
    [InlineData(7_600, 0, 50_000)] // The warm-up's backlog was worked off: 50,760/s were applied, and nobody offered that.
    [InlineData(0, 10_000, 49_000)] // What the silo fell behind by was not sustained.
    public void Sustained_is_what_was_offered_less_what_the_lag_grew_by(long lagAtStart, long lagAtEnd, double perSecond)
    {
        const int seconds = 10;
        var from = At(0, sent: 250_000, applied: 250_000 - lagAtStart);
        var to = At(seconds, sent: 250_000 + (seconds * 50_000), applied: 250_000 + (seconds * 50_000) - lagAtEnd);
        Assert.Equal(perSecond, Findings.SustainedPerSecond(from, to), 0.001);
    }

    [Fact]
    public void Silos_of_a_cluster_are_added_up_but_for_what_each_tells_of_all()
    {
        var one = State(5) with { LatencyIndexes = [1, 3], LatencyCounts = [10, 1], AllocatedBytes = 100, Collections = [3, 2, 1], GcPauseMs = 4, LongestGcPauseMs = 3 };
        var two = State(5) with { LatencyIndexes = [3, 7], LatencyCounts = [2, 5], AllocatedBytes = 30, Collections = [1, 0, 0], GcPauseMs = 6, LongestGcPauseMs = 6 };

        var sum = BenchState.Sum([one, two]);

        Assert.Equal([1, 3, 7], sum.LatencyIndexes);
        Assert.Equal([10, 3, 5], sum.LatencyCounts);
        Assert.Equal((18, 5, 5), (sum.Applied, sum.Accepted, sum.Durable));
        Assert.Equal((130, 10, 6), (sum.AllocatedBytes, sum.GcPauseMs, sum.LongestGcPauseMs));
        Assert.Equal([4, 2, 1], sum.Collections);
        Assert.Same(one, BenchState.Sum([one]));
    }

    private static Snapshot At(int seconds, long sent, long applied) => new(
        seconds * Stopwatch.Frequency,
        sent,
        State(applied),
        new(null, null, null, null),
        null);

    private static BenchState State(long applied) => new()
    {
        LatencyIndexes = [0],
        LatencyCounts = [applied],
        AppliedWithinMs = 0,
        Accepted = applied,
        Duplicates = 0,
        Late = 0,
        DeadLettered = 0,
        Durable = applied,
        AllocatedBytes = 0,
        Collections = [0, 0, 0],
        GcPauseMs = 0,
        LongestGcPauseMs = 0,
        GcMode = "",
    };
}
