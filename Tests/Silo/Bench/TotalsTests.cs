using Analytics.Silo.Bench.Measure;

namespace Analytics.Tests.Silo.Bench;

public sealed class TotalsTests
{
    private static readonly Totals Good = new(10, 10, 0, 10, 0, 0, 10, 10, 0, 4);

    [Fact]
    public void A_run_that_kept_everything_once_has_no_problem() => AssertCounts(Good, 0, 0, hasProblem: false);

    [Fact]
    public void A_row_that_is_missing_is_lost() => AssertCounts(Good with { Rows = 9, Positions = 9 }, 1, 0, hasProblem: true);

    [Fact]
    public void A_row_that_is_there_twice_is_doubled() => AssertCounts(Good with { Rows = 11 }, 0, 1, hasProblem: true);

    [Fact]
    public void One_lost_and_one_doubled_do_not_make_up_for_each_other() =>
        AssertCounts(Good with { Rows = 10, Positions = 9 }, 1, 1, hasProblem: true);

    [Fact]
    public void A_record_that_never_reached_the_log_is_a_problem() =>
        AssertCounts(Good with { Sent = 11 }, 0, 0, hasProblem: true);

    [Fact]
    public void A_window_that_differs_is_a_problem() => AssertCounts(Good with { WindowDifferences = 1 }, 0, 0, hasProblem: true);

    [Fact]
    public void Without_a_store_the_silos_own_counts_decide()
    {
        var without = Good with { Rows = null, Positions = null, WindowDifferences = null, Windows = null };

        AssertCounts(without, 0, 0, hasProblem: false);
        AssertCounts(without with { Accepted = 9 }, 1, 0, hasProblem: true);
        AssertCounts(without with { Accepted = 11 }, 0, 1, hasProblem: true);
        AssertCounts(without with { Accepted = 9, Duplicates = 1 }, 0, 0, hasProblem: true);
    }

    private static void AssertCounts(Totals totals, long lost, long doubled, bool hasProblem)
    {
        Assert.Equal((lost, doubled), (totals.Lost, totals.Doubled));
        Assert.Equal(hasProblem, totals.Problems().Any());
    }
}
