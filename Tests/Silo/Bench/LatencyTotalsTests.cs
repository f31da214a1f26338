using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Measure;
using Analytics.Telemetry;

namespace Analytics.Tests.Silo.Bench;

public sealed class LatencyTotalsTests
{
    [Fact]
    public void Every_latency_lies_in_its_bucket_and_within_two_percent_of_its_bound()
    {
        var last = -1;
        for (long milliseconds = 0; milliseconds < 2_200_000; milliseconds += 1 + (milliseconds / 500))
        {
            var index = LatencyTotals.IndexOf(milliseconds);
            Assert.InRange(index, last, LatencyTotals.Count - 1);
            last = index;
            if (milliseconds < 1 << 21)
            {
                Assert.InRange(LatencyTotals.UpperBoundMs(index), milliseconds, milliseconds + (milliseconds / 50));
                Assert.True(index == 0 || LatencyTotals.UpperBoundMs(index - 1) < milliseconds);
            }
        }

        Assert.Equal(LatencyTotals.Count - 1, LatencyTotals.IndexOf(long.MaxValue));
        Assert.Equal(0, LatencyTotals.IndexOf(-1));
    }

    [Fact]
    public void Quantiles_between_two_snapshots_leave_out_what_was_before()
    {
        var totals = new LatencyTotals();
        totals.Record(100_000, 1_000_000);
        var before = State(totals);
        for (var milliseconds = 1; milliseconds <= 1_000; milliseconds++)
        {
            totals.Record(milliseconds, 10);
        }

        var figures = Latencies.Figures(Latencies.Between(before, State(totals)), 1)!;

        Assert.Equal(10_000, figures.Count);
        Assert.InRange(figures.P50, 500, 510);
        Assert.InRange(figures.P95, 950, 969);
        Assert.InRange(figures.P99, 990, 1_010);
        Assert.InRange(figures.P999, 999, 1_019);
        Assert.InRange(figures.Max, 1_000, 1_023);
    }

    [Fact]
    public void Nothing_between_two_snapshots_has_no_quantiles()
    {
        var state = State(new());

        Assert.Null(Latencies.Figures(Latencies.Between(state, state), 1));
    }

    private static BenchState State(LatencyTotals totals)
    {
        var counts = totals.Snapshot();
        int[] indexes = [.. Enumerable.Range(0, counts.Length).Where(i => counts[i] > 0)];
        return new()
        {
            LatencyIndexes = indexes,
            LatencyCounts = [.. indexes.Select(i => counts[i])],
            AppliedWithinMs = 0,
            Accepted = 0,
            Duplicates = 0,
            Late = 0,
            DeadLettered = 0,
            Durable = 0,
            AllocatedBytes = 0,
            Collections = [0, 0, 0],
            GcPauseMs = 0,
            LongestGcPauseMs = 0,
            GcMode = "",
        };
    }
}
