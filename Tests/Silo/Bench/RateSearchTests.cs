using Analytics.Silo.Bench.Scenarios;

namespace Analytics.Tests.Silo.Bench;

public sealed class RateSearchTests
{
    [Theory]
    [InlineData(50_000, 93_000)]
    [InlineData(50_000, 12_345)]
    [InlineData(50_000, 50_000)]
    [InlineData(1_000, 640_000)]
    public void Search_ends_just_below_what_can_be_sustained(double start, double limit)
    {
        var search = new RateSearch(start, 0.05);
        var tries = 0;
        while (search.Next is { } rate)
        {
            search.Add(rate, rate <= limit);
            Assert.True(++tries < 30);
        }

        Assert.InRange(search.Best!.Value, limit / 1.06, limit);
    }

    [Fact]
    public void Search_gives_up_when_nothing_is_sustained()
    {
        var search = new RateSearch(10_000, 0.05);
        for (var tries = 0; search.Next is { } rate; tries++)
        {
            search.Add(rate, false);
            Assert.True(tries < 30);
        }

        Assert.Null(search.Best);
    }
}
