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

    private static Snapshot At(int seconds, long sent, long applied) => new(
        seconds * Stopwatch.Frequency,
        sent,
        new BenchState
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
        },
        new(null, null, null, null),
        null);
}
