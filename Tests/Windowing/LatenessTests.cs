using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class LatenessTests
{
    private static readonly long Allowed = (long)TimeSpan.FromHours(24).TotalMicroseconds;

    [Fact]
    public void Nothing_is_late_before_the_first_event() =>
        Assert.False(Lateness.IsLate(0, UnixMicros.None, Allowed));

    [Fact]
    public void An_event_is_late_once_its_minute_closed_more_than_the_allowed_lateness_before_the_watermark()
    {
        var occurredAt = UnixMicros.From(Transactions.Noon.AddSeconds(30));
        var closed = UnixMicros.From(Transactions.Noon.AddMinutes(1));
        var streamTime = closed + Allowed + (long)Lateness.WatermarkDelay.TotalMicroseconds;

        Assert.False(Lateness.IsLate(occurredAt, streamTime, Allowed));
        Assert.True(Lateness.IsLate(occurredAt, streamTime + 1, Allowed));
    }

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(-60_000_000, -1)]
    [InlineData(-60_000_001, -2)]
    [InlineData(0, 0)]
    [InlineData(59_999_999, 0)]
    [InlineData(60_000_000, 1)]
    public void Minutes_are_aligned_to_the_epoch_on_both_sides_of_it(long micros, long minute) =>
        Assert.Equal(minute, UnixMicros.MinuteOf(micros));
}
