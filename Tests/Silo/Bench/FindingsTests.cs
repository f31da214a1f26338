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
}
