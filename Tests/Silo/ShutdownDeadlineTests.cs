using Analytics.Silo.Composition;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Analytics.Tests.Silo;

public sealed class ShutdownDeadlineTests
{
    [Fact]
    public void A_stop_that_hangs_ends_the_process_after_the_timeout_and_the_grace()
    {
        var time = new FakeTimeProvider();
        List<int> exits = [];
        var deadline = new ShutdownDeadline(time, exits.Add, NullLogger.Instance);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(exits);

        deadline.Start(TimeSpan.FromSeconds(30));
        deadline.Start(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(34.9));
        Assert.Empty(exits);
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal([ShutdownDeadline.CutShort], exits);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Single(exits);
    }
}
