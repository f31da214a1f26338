using Analytics.Silo.Bench.Load;
using Microsoft.Extensions.Time.Testing;

namespace Analytics.Tests.Silo.Bench;

public sealed class PacingTests
{
    [Fact]
    public void Schedule_spreads_each_step_evenly_and_steps_follow_each_other()
    {
        var schedule = new PaceSchedule(new PaceStep(100, TimeSpan.FromSeconds(2)), new PaceStep(1_000, TimeSpan.FromSeconds(1)));

        Assert.Equal(1_200, schedule.Total);
        Assert.Equal(TimeSpan.FromSeconds(3), schedule.Duration);
        Assert.Equal(TimeSpan.Zero, schedule.DueAt(0));
        Assert.Equal(TimeSpan.FromMilliseconds(10), schedule.DueAt(1));
        Assert.Equal(TimeSpan.FromSeconds(2), schedule.DueAt(200));
        Assert.Equal(TimeSpan.FromMilliseconds(2_001), schedule.DueAt(201));
        Assert.Equal(1, schedule.DueBy(TimeSpan.Zero));
        Assert.Equal(200, schedule.DueBy(TimeSpan.FromMilliseconds(1_995)));
        Assert.Equal(1_200, schedule.DueBy(TimeSpan.FromHours(1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37.5)]
    [InlineData(49_999)]
    public void What_is_due_by_a_moment_is_what_has_its_time_by_then(double perSecond)
    {
        var schedule = new PaceSchedule(new PaceStep(perSecond, TimeSpan.FromSeconds(3)), new PaceStep(perSecond * 10, TimeSpan.FromSeconds(1)));
        for (var millisecond = 0; millisecond < 4_000; millisecond += 7)
        {
            var moment = TimeSpan.FromMilliseconds(millisecond);
            var due = schedule.DueBy(moment);

            // A tick for rounding: times are whole ones, counts are not.
            Assert.True(due == 0 || schedule.DueAt(due - 1) <= moment + TimeSpan.FromTicks(1));
            Assert.True(due == schedule.Total || schedule.DueAt(due) >= moment - TimeSpan.FromTicks(1));
        }
    }

    [Fact]
    public void A_sender_that_is_held_up_sends_all_that_was_due_with_the_times_it_was_due_at()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));
        var loop = new OpenLoop(new(new PaceStep(10, TimeSpan.FromSeconds(2))), time);
        List<(long IntendedMs, long SentMs)> sends = [];

        loop.Run(
            intendedMs =>
            {
                if (sends.Count == 5)
                {
                    // A broker that takes nothing for a second.
                    time.Advance(TimeSpan.FromSeconds(1));
                }

                sends.Add((intendedMs, time.GetUtcNow().ToUnixTimeMilliseconds()));
            },
            time.Advance,
            TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => 1_000_000L + (i * 100)), sends.Select(send => send.IntendedMs));
        Assert.All(sends, send => Assert.True(send.SentMs >= send.IntendedMs));
        Assert.Equal(20, loop.Done);
        Assert.InRange(loop.Latest, TimeSpan.FromMilliseconds(850), TimeSpan.FromMilliseconds(950));
        Assert.True(sends[^1].SentMs - sends[^1].IntendedMs < 10);
    }

    [Fact]
    public void A_cancelled_loop_ends_with_what_it_has_sent()
    {
        using var stop = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        var loop = new OpenLoop(new(new PaceStep(1_000, TimeSpan.FromHours(1))), time);

        loop.Run(
            _ =>
            {
                if (loop.Done == 99)
                {
                    stop.Cancel();
                }
            },
            time.Advance,
            stop.Token);

        Assert.Equal(100, loop.Done);
    }
}
