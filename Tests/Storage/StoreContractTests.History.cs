using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Storage;

public abstract partial class StoreContractTests
{
    [Theory]
    [InlineData(EntityKind.Account)]
    [InlineData(EntityKind.Merchant)]
    public async Task History_sums_minutes_to_hours_and_days(EntityKind kind)
    {
        var id = NewId();
        await CommitAsync(
            kind,
            StoreSamples.Bucket(id, StoreSamples.Day, debit: 100),
            StoreSamples.Bucket(id, StoreSamples.Day + 59, debit: 20),
            StoreSamples.Bucket(id, StoreSamples.Day + 60, debit: 3),
            StoreSamples.Bucket(id, StoreSamples.Day + 1440, debit: 4),
            StoreSamples.Bucket(id, StoreSamples.Day, "JPY", 5),
            StoreSamples.Bucket(NewId(), StoreSamples.Day, debit: 1_000));

        Assert.Equal(
            [(0, "GBP", 100), (0, "JPY", 5), (59, "GBP", 20), (60, "GBP", 3), (1440, "GBP", 4)],
            Outline(await WindowsAsync(id, HistoryStep.Minute, kind)));
        Assert.Equal(
            [(0, "GBP", 120), (0, "JPY", 5), (60, "GBP", 3), (1440, "GBP", 4)],
            Outline(await WindowsAsync(id, HistoryStep.Hour, kind)));
        var days = await WindowsAsync(id, HistoryStep.Day, kind);
        Assert.Equal([(0, "GBP", 123), (0, "JPY", 5), (1440, "GBP", 4)], Outline(days));

        Assert.Equal(
            new BucketTotals
            {
                Count = 6,
                ApprovedCount = 3,
                DeclinedCount = 3,
                DebitMinor = 123,
                DebitCount = 3,
                MinMinor = 3,
                MaxMinor = 100,
            },
            days[0].Totals);
        Assert.Equal((TimeOf(0), TimeOf(1440)), (days[0].Start, days[0].End));
    }

    [Fact]
    public async Task History_keeps_to_its_bounds_currency_and_limit()
    {
        var id = NewId();
        await CommitAsync(EntityKind.Account, [.. Enumerable.Range(0, 10).SelectMany(
            i => new[] { StoreSamples.Bucket(id, StoreSamples.Day + i, debit: i), StoreSamples.Bucket(id, StoreSamples.Day + i, "USD", i) })]);

        async Task<(long, string, long)[]> ReadAsync(DateTimeOffset from, DateTimeOffset to, string? currency, int limit) => Outline(
            await History.ReadWindowsAsync(EntityKind.Account, id, from, to, HistoryStep.Minute, currency, limit, Cancel));

        Assert.Equal([(2, "GBP", 2), (2, "USD", 2), (3, "GBP", 3), (3, "USD", 3)], await ReadAsync(TimeOf(2), TimeOf(4), null, 100));
        Assert.Equal([(2, "USD", 2), (3, "USD", 3)], await ReadAsync(TimeOf(2), TimeOf(4), "USD", 100));
        Assert.Equal([(2, "USD", 2)], await ReadAsync(TimeOf(2), TimeOf(4), "USD", 1));
        Assert.Empty(await ReadAsync(TimeOf(2), TimeOf(4), "EUR", 100));
        Assert.Equal([(3, "GBP", 3)], await ReadAsync(TimeOf(2).AddTicks(1), TimeOf(3).AddTicks(1), "GBP", 100));
        Assert.Equal(20, (await ReadAsync(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, null, 100)).Length);
        Assert.Equal([(2, "GBP", 2)], await ReadAsync(TimeOf(2).ToOffset(TimeSpan.FromHours(5)), TimeOf(3), "GBP", 100));
    }

    [Fact]
    public async Task An_hour_that_begins_before_the_range_is_left_out_and_one_that_begins_in_it_is_whole()
    {
        var id = NewId();
        await CommitAsync(
            EntityKind.Account,
            StoreSamples.Bucket(id, StoreSamples.Day + 59, debit: 1),
            StoreSamples.Bucket(id, StoreSamples.Day + 60, debit: 2),
            StoreSamples.Bucket(id, StoreSamples.Day + 119, debit: 4));

        var windows = await History.ReadWindowsAsync(
            EntityKind.Account, id, TimeOf(30), TimeOf(61), HistoryStep.Hour, null, 100, Cancel);

        Assert.Equal([(60, "GBP", 6)], Outline(windows));
    }

    [Theory]
    [InlineData(HistoryStep.Hour)]
    [InlineData(HistoryStep.Day)]
    public async Task Sums_of_the_history_saturate(HistoryStep step)
    {
        var id = NewId();
        await CommitAsync(EntityKind.Account, [.. Enumerable.Range(0, 5).Select(i =>
        {
            var bucket = StoreSamples.Bucket(id, StoreSamples.Day + i, debit: long.MaxValue - i);
            return bucket with { Totals = bucket.Totals with { CreditMinor = long.MinValue, CreditCount = 1 } };
        })]);

        var totals = Assert.Single(await WindowsAsync(id, step)).Totals;

        Assert.Equal((long.MaxValue, long.MinValue), (totals.DebitMinor, totals.CreditMinor));
        Assert.Equal((10, long.MaxValue - 4, long.MaxValue), (totals.Count, totals.MinMinor, totals.MaxMinor));
    }

    [Theory]
    [InlineData(0x1_0000_0000, 0xFFFF_FFFF, 0x1_FFFF_FFFF)]
    [InlineData(0xFFFF_FFFF, 1, 0x1_0000_0000)]
    [InlineData(-1, -1, -2)]
    [InlineData(long.MaxValue, 0, long.MaxValue)]
    [InlineData(long.MaxValue - 1, 1, long.MaxValue)]
    [InlineData(long.MinValue, long.MaxValue, -1)]
    [InlineData(long.MinValue + 1, -1, long.MinValue)]
    public async Task Sums_of_the_history_are_exact_up_to_their_limits(long first, long second, long sum)
    {
        var id = NewId();
        await CommitAsync(
            EntityKind.Account,
            StoreSamples.Bucket(id, StoreSamples.Day, debit: first),
            StoreSamples.Bucket(id, StoreSamples.Day + 1, debit: second));

        Assert.Equal(sum, Assert.Single(await WindowsAsync(id, HistoryStep.Hour)).Totals.DebitMinor);
    }

    [Fact]
    public async Task Windows_before_1970_are_aligned_towards_the_past()
    {
        var id = NewId();
        await CommitAsync(EntityKind.Account, StoreSamples.Bucket(id, -1), StoreSamples.Bucket(id, -60), StoreSamples.Bucket(id, 0));

        var hours = await History.ReadWindowsAsync(
            EntityKind.Account, id, DateTimeOffset.UnixEpoch.AddDays(-1), DateTimeOffset.UnixEpoch.AddDays(1), HistoryStep.Hour, null, 9, Cancel);

        Assert.Equal(
            [(DateTimeOffset.UnixEpoch.AddHours(-1), 4L), (DateTimeOffset.UnixEpoch, 2L)],
            hours.Select(window => (window.Start, window.Totals.Count)));
    }

    private Task<IReadOnlyList<HistoryWindow>> WindowsAsync(string id, HistoryStep step, EntityKind kind = EntityKind.Account) =>
        History.ReadWindowsAsync(kind, id, TimeOf(-1_000_000), TimeOf(1_000_000), step, null, 1_000, Cancel);

    private static DateTimeOffset TimeOf(long minutesOfDay) =>
        UnixMicros.ToDateTimeOffset(StoreSamples.Micros(StoreSamples.Day + minutesOfDay));

    private static (long, string, long)[] Outline(IEnumerable<HistoryWindow> windows) =>
    [
        .. windows.Select(window => ((long)(window.Start - TimeOf(0)).TotalMinutes, window.Currency, window.Totals.DebitMinor)),
    ];
}
