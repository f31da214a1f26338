using Analytics.Entities;
using Analytics.Hosting;
using Analytics.Persistence;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Analytics.Tests.Persistence;

public sealed class KeptMinutesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A live read looks back a day from the clock at most, and one event that is ahead of it must not take an hour of that away.</summary>
    [Theory]
    [InlineData(0, 65)]
    [InlineData(0, 0)]
    [InlineData(60, 65)]
    public void What_a_reader_may_ask_for_is_kept_although_stream_time_is_ahead_of_the_clock(int latenessMinutes, int aheadMinutes)
    {
        var clock = new StreamClock(new FakeTimeProvider(Now));
        clock.Advance(UnixMicros.From(Now.AddMinutes(aheadMinutes)));

        Assert.Equal(UnixMicros.MinuteOf(UnixMicros.From(Now)) - LiveWindows.Day - latenessMinutes, Services(clock, latenessMinutes).KeepFromMinute);
    }

    [Fact]
    public void Old_event_times_keep_what_is_old()
    {
        var clock = new StreamClock(new FakeTimeProvider(Now));
        Assert.Equal(long.MinValue, Services(clock, 0).KeepFromMinute);

        clock.Advance(UnixMicros.From(Now.AddYears(-3)));

        Assert.Equal(UnixMicros.MinuteOf(UnixMicros.From(Now.AddYears(-3))) - LiveWindows.Day, Services(clock, 0).KeepFromMinute);
    }

    private static EntityServices Services(StreamClock clock, int latenessMinutes) => new(
        null!, null!, null!, clock, null!, null!, new FakeSilo(), Options.Create(new AnalyticsOptions { AllowedLateness = TimeSpan.FromMinutes(latenessMinutes) }));
}
