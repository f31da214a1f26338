using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

public sealed class OffsetCommitterTests
{
    [Fact]
    public async Task A_stop_does_not_wait_for_a_commit_that_a_lost_broker_holds()
    {
        using var answer = new ManualResetEventSlim();
        using var called = new SemaphoreSlim(0);
        var committer = new OffsetCommitter(
            "topic",
            _ =>
            {
                called.Release();
                answer.Wait(TestContext.Current.CancellationToken);
            },
            NullLogger.Instance);
        committer.Request(0, 1);
        var held = committer.FlushAsync();
        await called.WaitAsync(TestContext.Current.CancellationToken);

        var clock = Stopwatch.StartNew();
        await committer.DisposeAsync();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.True(committer.IsStuck);

        answer.Set();
        await held;
    }

    [Fact]
    public async Task A_stop_commits_what_is_wanted()
    {
        List<long> committed = [];
        var committer = new OffsetCommitter("topic", offsets => committed.AddRange(offsets.Select(o => o.Offset.Value)), NullLogger.Instance);
        committer.Request(0, 5);
        committer.Request(0, 3);

        await committer.DisposeAsync();
        Assert.False(committer.IsStuck);
        Assert.Equal([5], committed);
    }
}
