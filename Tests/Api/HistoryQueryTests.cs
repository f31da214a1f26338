using Analytics.Api.History;
using Analytics.Storage;

namespace Analytics.Tests.Api;

public sealed class HistoryQueryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_default_is_the_last_24_hours_by_hour()
    {
        var query = HistoryQuery.Parse(new("a", null, null, null, null), Now, out var problem);
        Assert.Null(problem);
        Assert.Equal(new HistoryQuery(Now.AddHours(-24), Now, HistoryStep.Hour, null), query);
    }

    [Theory]
    [InlineData("yesterday", null, null, null, "from")]
    [InlineData(null, "2026-01-31T12:00:00", null, null, "to")]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", null, null, "from")]
    [InlineData("2026-02-01T12:00:00Z", null, null, null, "from")]
    [InlineData(null, null, "1w", null, "step")]
    [InlineData("2026-01-01T00:00:00Z", null, "1m", null, "step")]
    [InlineData(null, null, null, "eur", "currency")]
    [InlineData(null, null, null, "", "currency")]
    public void A_wrong_parameter_is_named(string? from, string? to, string? step, string? currency, string expected)
    {
        Assert.Null(HistoryQuery.Parse(new("a", from, to, step, currency), Now, out var problem));
        Assert.Equal((400, expected), (problem!.Status, problem.Parameter));
    }

    [Fact]
    public void Ten_thousand_windows_are_answered_and_one_more_is_refused()
    {
        Assert.NotNull(HistoryQuery.Parse(new("a", Text(Now.AddMinutes(-10_000)), null, "1m", null), Now, out _));
        Assert.Null(HistoryQuery.Parse(new("a", Text(Now.AddMinutes(-10_001)), null, "1m", null), Now, out _));
    }

    [Fact]
    public void A_page_never_holds_half_of_a_start()
    {
        var query = new HistoryQuery(Now, Now.AddDays(1), HistoryStep.Hour, null);
        var read = Enumerable.Range(0, HistoryQuery.MaxWindows + 1)
            .Select(i => new HistoryWindow($"C{i % 3}", Now.AddHours(i / 3), Now.AddHours((i / 3) + 1), default)).ToList();
        var page = HistoryPage.From(query, read);
        Assert.Equal(9_999, page.Windows.Count);
        Assert.Equal(Now.AddHours(3_333), page.NextFrom);
        Assert.Null(HistoryPage.From(query, read[..^1]).NextFrom);
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O");
}
