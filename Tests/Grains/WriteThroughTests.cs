using Analytics.Partitions;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Tests.Windowing;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>A silo's write buffer and loader on a store that takes its time: what a flush promises, and what an activation is told.</summary>
public sealed class WriteThroughTests() : SiloFixture((AnalyticsSilo.Topic, 1))
{
    private static readonly long Minute = UnixMicros.MinuteOf(UnixMicros.From(Noon));

    /// <summary>As a store that appends new rows does after a commit whose answer was lost.</summary>
    [Fact]
    public async Task A_commit_that_was_refused_calls_nothing_new_when_it_is_tried_again()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        silo.Store.RefusesNew = true;
        var buffer = silo.Service<WriteBuffer>();
        buffer.PutSample("a", Minute, 1, isNew: true);
        await buffer.FlushAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal(2, silo.Store.BucketCommits);
        Assert.Equal(1, silo.Sql("select count(*) from account_windows"));
    }

    [Fact]
    public async Task A_flush_waits_for_the_commit_that_holds_what_was_put_before_it()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var buffer = silo.Service<WriteBuffer>();
        using var turns = new SemaphoreSlim(0);
        silo.Store.BucketTurns = turns;
        buffer.PutSample("a", Minute, 1);
        var first = buffer.FlushAsync(CancellationToken.None);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Store.BucketCommits == 1));
        buffer.PutSample("b", Minute, 1);
        var second = buffer.FlushAsync(CancellationToken.None);
        Assert.False(first.IsCompleted);

        turns.Release();
        await first.WaitAsync(Cancel);
        Assert.Equal(1, silo.Sql("select count(*) from account_windows"));
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Store.BucketCommits == 2));
        Assert.False(second.IsCompleted);

        turns.Release();
        await second.WaitAsync(Cancel);
        Assert.Equal(2, silo.Sql("select count(*) from account_windows"));
        Assert.True(buffer.FlushAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    /// <summary>Also of those that have no row: a topic that is sent a second time must not fill the memory.</summary>
    [Fact]
    public async Task A_partition_that_holds_half_of_what_it_may_does_not_wait_for_the_time_of_its_checkpoint()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o =>
        {
            o.CheckpointInterval = TimeSpan.FromMinutes(1);
            o.MaxPendingRecords = 500;
        });
        for (var sent = 1; sent <= 2; sent++)
        {
            AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 2_000).Select(i => At(Noon, id: $"t{i}")));
            await silo.WaitForOffsetAsync(0, (2_000 * sent) - 1);
        }

        Assert.InRange(silo.Sql("select \"offset\" from checkpoints"), 3_000, 3_999);
        Assert.Equal(2_000, silo.Sql("select count(*) from transactions"));
    }

    [Fact]
    public async Task What_is_not_durable_yet_wins_over_what_the_store_holds()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var buffer = silo.Service<WriteBuffer>();
        buffer.PutSample("a", Minute, 1);
        await buffer.FlushAsync(Cancel);
        using var turns = new SemaphoreSlim(0);
        silo.Store.BucketTurns = turns;
        buffer.PutSample("a", Minute, 2);

        var loader = silo.Service<EntityLoader>();
        var windows = new EntityWindows(EntityKind.Account, new());
        windows.Reset(await loader.LoadAsync(EntityKind.Account, "a", Minute, forWriting: true), Minute);
        Assert.Equal(2, windows.Read(Minute).Single().LastMinute.Count);
        var single = await loader.LoadBucketsAsync(EntityKind.Account, [new BucketKey("a", "GBP", Minute)]);
        Assert.Equal(2, single.Single().Totals.Count);

        silo.Store.BucketTurns = null;
        turns.Release(silo.Store.BucketCommits);
    }

    [Fact]
    public async Task No_checkpoint_passes_a_batch_that_an_entity_has_not_applied()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        silo.Store.AreEntitiesAway = true;
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 10).Select(i => At(Noon, id: $"t{i}")));

        // The calls are repeated after growing delays, so this is several times the interval of a checkpoint later.
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Store.EntityQueries >= 8));
        Assert.Equal(0, silo.Sql("select count(*) from checkpoints"));

        silo.Store.AreEntitiesAway = false;
        await silo.WaitForAcceptedAsync(10);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(10, silo.Sql("select sum(count) from merchant_windows"));
    }

    /// <param name="isKept">Whether the entities take the events without a call, as all do that took some before.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_checkpoint_waits_until_the_write_buffer_is_durable(bool isKept)
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var before = isKept ? 10 : 0;
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, before).Select(i => At(Noon, id: $"t{i}")));
        await silo.WaitForAcceptedAsync(before);
        await silo.WaitForCheckpointsAsync();
        using var turns = new SemaphoreSlim(0);
        silo.Store.BucketTurns = turns;
        AnalyticsSilo.Produce(Broker, Enumerable.Range(before, 10).Select(i => At(Noon, id: $"t{i}")));
        await silo.WaitForAcceptedAsync(before + 10);

        var checkpoint = silo.Grains.GetGrain<IPartitionGrain>("0").CheckpointAsync();
        await Task.WhenAny(checkpoint, Task.Delay(TimeSpan.FromMilliseconds(500), Cancel));
        Assert.False(checkpoint.IsCompleted);
        Assert.Equal(before, silo.Sql("select count(*) from transactions"));

        silo.Store.BucketTurns = null;
        turns.Release(silo.Store.BucketCommits);
        Assert.Equal(before + 9, await checkpoint);
        Assert.Equal(before + 10, silo.Sql("select sum(count) from merchant_windows"));
    }

    /// <summary>A call that the store never answers costs one deadline, not the partition or the buffer.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task A_commit_that_is_never_answered_is_given_up_and_made_again(int buckets, int checkpoints)
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.StoreTimeout = TimeSpan.FromSeconds(1));
        silo.Store.HangCommits(buckets, checkpoints);
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 100).Select(i => At(Noon, id: $"t{i}")));

        await silo.WaitForAcceptedAsync(100);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(100, silo.Sql("select count(*) from transactions"));
        Assert.Equal(100, silo.Sql("select sum(count) from account_windows"));
    }
}
