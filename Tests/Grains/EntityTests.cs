using Analytics.Entities;
using Analytics.Partitions;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Core.Internal;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>
/// What a partition may rely on when it sends a batch to a merchant, which has several partitions as sources. The batches are made here, so
/// that each arrives in the one situation that matters.
/// </summary>
public sealed class EntityTests() : SiloFixture((AnalyticsSilo.Topic, 1))
{
    private static readonly EntityKey Merchant = new(EntityKind.Merchant, "m");
    private static readonly DateTimeOffset LongAgo = Noon.AddDays(-3);

    /// <summary>It was activated anew by another partition's batch: that it applied something does not mean that it missed nothing.</summary>
    [Fact]
    public async Task A_batch_whose_predecessor_is_missing_is_refused_and_taken_once_everything_is_sent()
    {
        await using var silo = await StartAsync();
        var merchant = silo.Merchant("m");
        Assert.True((await merchant.ApplyAsync(Batch(partition: 0, -1, 0))).Applied);
        var kept = silo.Service<KeptEntities>().Find(Merchant);
        Assert.NotNull(kept);

        Assert.False(kept.TryApply(Batch(partition: 1, previous: 3, 7), out _));
        Assert.False((await merchant.ApplyAsync(Batch(partition: 1, previous: 3, 7))).Applied);
        Assert.Equal(1, await CountAsync(silo));

        Assert.True((await merchant.ApplyAsync(Batch(partition: 1, -1, 3, 7))).Applied);
        Assert.Equal(3, await CountAsync(silo));
        Assert.True(kept.TryApply(Batch(partition: 1, previous: 7, 8), out _));
        Assert.Equal(4, await CountAsync(silo));
    }

    /// <summary>A reader may have loaded it long before; until then its former activation wrote on another silo.</summary>
    [Fact]
    public async Task The_first_batch_loads_again_what_a_reader_had_loaded()
    {
        await using var silo = await StartAsync();
        using var other = OtherStore();
        await other.CommitBucketsAsync([], [Stored(Noon, count: 1)], Cancel);
        Assert.Equal(1, await CountAsync(silo));
        await other.CommitBucketsAsync([], [Stored(Noon, count: 2)], Cancel);

        Assert.True((await silo.Merchant("m").ApplyAsync(Batch(partition: 0, -1, 2))).Applied);

        Assert.Equal(3, await CountAsync(silo));
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Sql("select sum(count) from merchant_windows") == 3));
    }

    /// <summary>What is older than the entity keeps is in the store only: added to nothing, it would overwrite what is there.</summary>
    [Fact]
    public async Task An_event_of_a_bucket_that_is_not_in_memory_is_added_to_what_is_stored()
    {
        await using var silo = await StartAsync();
        using var other = OtherStore();
        await other.CommitBucketsAsync([], [Stored(LongAgo, count: 5), Stored(Noon, count: 5)], Cancel);
        Assert.True((await silo.Merchant("m").ApplyAsync(Batch(partition: 0, -1, 5))).Applied);
        var kept = silo.Service<KeptEntities>().Find(Merchant);
        Assert.NotNull(kept);

        Assert.False(kept.TryApply(Batch(partition: 0, 5, LongAgo, 6), out _));
        Assert.True((await silo.Merchant("m").ApplyAsync(Batch(partition: 0, 5, LongAgo, 6))).Applied);

        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Sql("select sum(count) from merchant_windows") == 12));
        Assert.Equal(2, silo.Sql("select count(*) from merchant_windows where count = 6"));
    }

    /// <summary>Between the look-up of a bucket and its use nothing may forget it.</summary>
    [Fact]
    public async Task While_a_batch_waits_for_the_store_no_other_is_applied_without_a_call()
    {
        await using var silo = await StartAsync();
        Assert.True((await silo.Merchant("m").ApplyAsync(Batch(partition: 0, -1, 0))).Applied);
        var kept = silo.Service<KeptEntities>().Find(Merchant);
        Assert.NotNull(kept);
        using var turns = new SemaphoreSlim(0);
        silo.Store.LookUpTurns = turns;

        var loading = silo.Merchant("m").ApplyAsync(Batch(partition: 0, 0, LongAgo, 1)).AsTask();
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(!kept.TryApply(Batch(partition: 0, 0, 0), out _)));
        Assert.False(kept.TryApply(Batch(partition: 1, -1, 0), out _));
        Assert.False(loading.IsCompleted);

        turns.Release();
        Assert.True((await loading).Applied);
        Assert.True(kept.TryApply(Batch(partition: 1, -1, 0), out _));
        Assert.Equal(2, await CountAsync(silo));
    }

    /// <summary>The next activation may be on another silo, and reads the store only.</summary>
    [Fact]
    public async Task An_activation_ends_only_when_what_it_wrote_is_durable()
    {
        await using var silo = await StartAsync();
        using var turns = new SemaphoreSlim(0);
        silo.Store.BucketTurns = turns;
        Assert.True((await silo.Merchant("m").ApplyAsync(Batch(partition: 0, -1, 0))).Applied);
        await silo.Merchant("m").Cast<IGrainManagementExtension>().DeactivateOnIdle(Cancel);
        var kept = silo.Service<KeptEntities>();
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(kept.Find(Merchant) is null));

        var queries = silo.Store.EntityQueries;
        var successor = CountAsync(silo);
        await Task.WhenAny(successor, Task.Delay(TimeSpan.FromMilliseconds(500), Cancel));
        Assert.False(successor.IsCompleted);
        Assert.Equal(queries, silo.Store.EntityQueries);

        silo.Store.BucketTurns = null;
        turns.Release(silo.Store.BucketCommits);
        Assert.Equal(1, await successor);
        Assert.Equal(1, silo.Sql("select sum(count) from merchant_windows"));
    }

    /// <summary>Memory can run out at any of a batch's events. Taken as included, what came before would never be written.</summary>
    [Fact]
    public async Task A_batch_that_fails_half_way_is_taken_whole_or_not_at_all()
    {
        await using var silo = await StartAsync();
        var merchant = silo.Merchant("m");
        Assert.True((await merchant.ApplyAsync(Batch(partition: 0, -1, 0))).Applied);
        EntityEvent[] events = [new(1, At(Noon)), new(2, At(Noon, currency: "no currency"))];
        await Assert.ThrowsAsync<ArgumentException>(
            () => merchant.ApplyAsync(new(new(1, 0, 2), 0, UnixMicros.From(Noon), events)).AsTask());

        Assert.False((await merchant.ApplyAsync(Batch(partition: 0, previous: 0, 1))).Applied);
        Assert.True((await merchant.ApplyAsync(Batch(partition: 0, -1, 0, 1))).Applied);
        Assert.Equal(2, await CountAsync(silo));
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Sql("select coalesce(sum(count), 0) from merchant_windows") == 2));
    }

    /// <summary>It would wait for ever, and on the grain's own turn, for a load that is over already.</summary>
    [Fact]
    public async Task A_load_that_fails_at_once_keeps_the_next_batch_from_nothing_but_its_own_load()
    {
        await using var silo = await StartAsync();
        await silo.Service<EntityLoader>().StopAsync(Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Merchant("m").GetMetricsAsync(Noon));

        var applied = silo.Merchant("m").ApplyAsync(Batch(partition: 0, -1, 0)).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.IsNotType<TimeoutException>(await Assert.ThrowsAnyAsync<Exception>(() => applied));
    }

    private static async Task<long> CountAsync(AnalyticsSilo silo) =>
        (await silo.Merchant("m").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count;

    private static EntityBatch Batch(int partition, long previous, params ReadOnlySpan<long> offsets) => Batch(partition, previous, Noon, offsets);

    private static EntityBatch Batch(int partition, long previous, DateTimeOffset at, params ReadOnlySpan<long> offsets)
    {
        var events = new EntityEvent[offsets.Length];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = new(offsets[i], At(at));
        }

        return new(new(1, partition, offsets[^1]), previous, UnixMicros.From(Noon), events);
    }

    // Of partition 0, each event one offset.
    private static BucketRow Stored(DateTimeOffset at, long count) => new(
        "m",
        "GBP",
        UnixMicros.MinuteOf(UnixMicros.From(at)),
        new() { Count = count, ApprovedCount = count, DebitCount = count, DebitMinor = 100 * count, MinMinor = 100, MaxMinor = 100 },
        [new(1, 0, count - 1)],
        At(at));

    private Task<AnalyticsSilo> StartAsync() => AnalyticsSilo.StartAsync(Broker, Folder);

    private SqliteStore OtherStore() => new(Path.Combine(Folder, "analytics.db"), TimeSpan.FromSeconds(20));
}
