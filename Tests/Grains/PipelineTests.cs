using Analytics.Overview;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Analytics.Transactions;
using Orleans.Runtime;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>From the topic to grains and store, in one silo with real parts, and with the store taken away.</summary>
public sealed class PipelineTests() : SiloFixture((AnalyticsSilo.Topic, 4))
{
    [Fact]
    public async Task Transactions_reach_account_merchant_and_store_once()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var all = Generate(1, 3_000);
        AnalyticsSilo.Produce(Broker, all.Concat(all.Take(500)));

        await silo.WaitForAcceptedAsync(all.Count);
        await silo.WaitForCheckpointsAsync();
        await AssertLiveAsync(silo, all);
        Assert.Equal(500, (await silo.CountersAsync()).Duplicates);
        Assert.Equal(all.Count, silo.Sql("select count(*) from transactions"));
        Assert.Equal(all.Sum(t => t.AmountMinor), silo.Sql("select sum(debit_minor) from account_windows"));
        Assert.Equal(all.Sum(t => t.AmountMinor), silo.Sql("select sum(debit_minor) from merchant_windows"));
    }

    [Fact]
    public async Task A_stopped_silo_goes_on_where_it_was()
    {
        var all = Generate(2, 2_000);
        await using (var silo = await AnalyticsSilo.StartAsync(Broker, Folder))
        {
            AnalyticsSilo.Produce(Broker, all.Take(1_000));
            await silo.WaitForAcceptedAsync(1_000);
        }

        AnalyticsSilo.Produce(Broker, all.Skip(1_000));
        await using var next = await AnalyticsSilo.StartAsync(Broker, Folder);
        await next.WaitForAcceptedAsync(all.Count);
        await next.WaitForCheckpointsAsync();
        await AssertLiveAsync(next, all);
        Assert.Equal(all.Count, next.Sql("select count(*) from transactions"));
    }

    [Fact]
    public async Task A_lost_database_is_rebuilt_from_the_log_although_the_group_has_committed_offsets()
    {
        var all = Generate(6, 500);
        await using (var silo = await AnalyticsSilo.StartAsync(Broker, Directory.CreateDirectory(Path.Combine(Folder, "lost")).FullName))
        {
            AnalyticsSilo.Produce(Broker, all);
            await silo.WaitForAcceptedAsync(all.Count);
            await silo.WaitForCheckpointsAsync();
        }

        await using var next = await AnalyticsSilo.StartAsync(Broker, Folder);
        await next.WaitForAcceptedAsync(all.Count);
        await next.WaitForCheckpointsAsync();
        Assert.Equal(all.Count, next.Sql("select count(*) from transactions"));
    }

    [Fact]
    public async Task While_the_store_is_away_memory_is_bounded_reads_go_on_and_afterwards_nothing_is_missing()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.MaxPendingRecords = 200);
        var all = Generate(3, 4_000);
        AnalyticsSilo.Produce(Broker, all.Take(1_000));
        await silo.WaitForAcceptedAsync(1_000);
        await silo.WaitForCheckpointsAsync();

        silo.Store.IsAway = true;
        AnalyticsSilo.Produce(Broker, all.Skip(1_000));
        await AnalyticsSilo.WaitUntilAsync(async () => (await silo.Account(all[0].AccountId).GetMetricsAsync(Noon.AddHours(1)))!.Lag > TimeSpan.FromSeconds(1));
        var statuses = await silo.Grains.GetGrain<IOverviewGrain>(0).GetAsync();
        Assert.All(statuses, s => Assert.InRange(s.Offset - s.CheckpointOffset, 0, 200 + 50));
        Assert.True((await silo.CountersAsync()).Accepted < all.Count);

        silo.Store.IsAway = false;
        await silo.WaitForAcceptedAsync(all.Count);
        await silo.WaitForCheckpointsAsync();
        await AssertLiveAsync(silo, all);
        Assert.Equal(all.Count, silo.Sql("select count(*) from transactions"));
        Assert.Equal(all.Sum(t => t.AmountMinor), silo.Sql("select sum(debit_minor) from merchant_windows"));
    }

    [Fact]
    public async Task While_the_write_buffer_is_full_partitions_wait_and_afterwards_nothing_is_missing()
    {
        const int limit = 300;
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.MaxBufferedBuckets = limit);
        var all = Enumerable.Range(0, 2_000).Select(i => At(Noon, account: $"a{i}", merchant: $"m{i}", id: $"t{i}")).ToList();
        using var turns = new SemaphoreSlim(0);
        silo.Store.BucketTurns = turns;
        AnalyticsSilo.Produce(Broker, all);

        // At most one batch of each partition was under way when the bound was reached, and each of its records changes two buckets.
        var buffer = silo.Service<WriteBuffer>();
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Service<StreamClock>().Lag() > TimeSpan.FromSeconds(1)));
        Assert.InRange(buffer.Count, limit, limit + (4 * 50 * 2));
        Assert.InRange((await silo.CountersAsync()).Accepted, limit / 2, all.Count - 1);

        silo.Store.BucketTurns = null;
        turns.Release(silo.Store.BucketCommits);
        await silo.WaitForAcceptedAsync(all.Count);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(all.Count, silo.Sql("select sum(count) from account_windows"));
        Assert.Equal(all.Count, silo.Sql("select sum(count) from merchant_windows"));
    }

    /// <summary>The records that it made durable meanwhile would look like duplicates of themselves.</summary>
    [Fact]
    public async Task A_partition_that_starts_while_its_former_owner_makes_a_checkpoint_starts_behind_that_one()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var all = Enumerable.Range(0, 20).Select(i => At(Noon, id: $"t{i}")).ToList();
        var partition = Orleans.Streaming.Kafka.KafkaPartitioner.PartitionOf("a"u8, 4);
        silo.Store.BeforeRecentIds(async () =>
        {
            using var former = new SqliteStore(Path.Combine(Folder, "analytics.db"), TimeSpan.FromSeconds(20));
            var rows = all.Take(10).Select((t, offset) => new RawRow(t, offset, UnixMicros.From(DateTimeOffset.UtcNow), false)).ToList();
            var checkpoint = new Checkpoint(new(1, partition, 9), UnixMicros.From(Noon), new(10, 0, 0, 0, 0));
            Assert.True(await former.CommitCheckpointAsync(null, checkpoint, rows, TestContext.Current.CancellationToken));
        });
        AnalyticsSilo.Produce(Broker, all);

        await silo.WaitForAcceptedAsync(all.Count);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(0, (await silo.CountersAsync()).Duplicates);
        Assert.Equal(all.Count, silo.Sql("select count(*) from transactions"));
        Assert.False(silo.IsLost);
    }

    [Fact]
    public async Task A_checkpoint_whose_answer_was_lost_is_not_made_twice()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var all = Generate(4, 500);
        silo.Store.LoseCheckpointAnswers(2);
        AnalyticsSilo.Produce(Broker, all);

        await silo.WaitForAcceptedAsync(all.Count);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(2, silo.Store.AnswersLost);
        Assert.Equal(all.Count, silo.Sql("select count(*) from transactions"));
        await AssertLiveAsync(silo, all);
    }

    [Fact]
    public async Task Entities_that_are_deactivated_at_any_time_lose_nothing()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.EntityReleaseInterval = TimeSpan.FromMilliseconds(20));
        var all = Generate(5, 3_000);
        var management = silo.Grains.GetGrain<IManagementGrain>(0);
        foreach (var chunk in all.Chunk(300))
        {
            AnalyticsSilo.Produce(Broker, chunk);
            await management.ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        }

        await silo.WaitForAcceptedAsync(all.Count);
        await silo.WaitForCheckpointsAsync();
        await AssertLiveAsync(silo, all);
        Assert.Equal(all.Sum(t => t.AmountMinor), silo.Sql("select sum(debit_minor) from account_windows"));
        Assert.Equal(all.Sum(t => t.AmountMinor), silo.Sql("select sum(debit_minor) from merchant_windows"));
    }

    [Fact]
    public async Task An_id_never_seen_leaves_neither_a_row_nor_an_activation()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        Assert.Null(await silo.Account("nobody").GetMetricsAsync(null));
        Assert.Null(await silo.Merchant("nobody").GetMetricsAsync(null));

        var management = silo.Grains.GetGrain<IManagementGrain>(0);
        await AnalyticsSilo.WaitUntilAsync(async () =>
            (await management.GetDetailedGrainStatistics()).All(g => !g.GrainId.Key.ToString()!.Contains("nobody", StringComparison.Ordinal)));
        Assert.Equal(0, silo.Sql("select count(*) from account_windows"));
    }

    [Fact]
    public async Task A_read_while_the_store_is_away_says_so_and_the_next_one_works()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        silo.Store.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => silo.Account("anybody").GetMetricsAsync(null));
        silo.Store.IsAway = false;
        Assert.Null(await silo.Account("anybody").GetMetricsAsync(null));
    }

    [Fact]
    public async Task A_partition_that_nothing_handles_shows_what_its_log_holds_as_lag()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        silo.Store.IsAway = true;
        AnalyticsSilo.Produce(Broker, Generate(7, 400));
        var overview = silo.Grains.GetGrain<IOverviewGrain>(0);
        await AnalyticsSilo.WaitUntilAsync(async () => (await overview.GetAsync()).Sum(s => s.LagRecords) == 400);
        Assert.Equal([0, 1, 2, 3], (await overview.GetAsync()).Select(s => s.Partition));
        Assert.All(await overview.GetAsync(), s => Assert.Equal(("", -1L), (s.Silo, s.Offset)));

        silo.Store.IsAway = false;
        await silo.WaitForAcceptedAsync(400);
        await silo.WaitForCheckpointsAsync();
        Assert.All(await overview.GetAsync(), s => Assert.NotEqual("", s.Silo));
    }

    [Fact]
    public async Task Late_events_are_stored_and_leave_the_windows_alone()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        AnalyticsSilo.Produce(Broker, [At(Noon, 1), At(Noon.AddDays(2), 10), At(Noon, 100)]);

        await silo.WaitForAcceptedAsync(3);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(1, (await silo.CountersAsync()).Late);
        Assert.Equal(1, silo.Sql("select count(*) from transactions where late"));
        Assert.Equal(11, silo.Sql("select sum(debit_minor) from account_windows"));
        var metrics = await silo.Account("a").GetMetricsAsync(null);
        Assert.Equal(10, metrics!.Currencies.Single().LastDay.DebitMinor);
        Assert.Equal(Noon.AddDays(2), metrics.LastTransaction!.OccurredAt);
    }

    [Fact]
    public async Task Many_new_entities_are_loaded_in_few_queries()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        var all = Enumerable.Range(0, 1_000).Select(i => At(Noon, account: $"a{i}", merchant: $"m{i}")).ToList();
        AnalyticsSilo.Produce(Broker, all);

        await silo.WaitForAcceptedAsync(all.Count);
        Assert.InRange(silo.Store.EntityQueries, 1, all.Count / 4);
    }

    /// <summary>The whole history of many entities may be more than a store can answer in time, and the partition would try for ever.</summary>
    [Fact]
    public async Task The_first_batch_of_a_silo_loads_what_stream_time_calls_for_and_not_the_whole_history()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        AnalyticsSilo.Produce(Broker, Generate(8, 100));

        await silo.WaitForAcceptedAsync(100);
        Assert.InRange(silo.Store.EarliestMinuteAsked, UnixMicros.MinuteOf(UnixMicros.From(Noon.AddDays(-3))), long.MaxValue);
    }

    private static List<CardTransaction> Generate(int seed, int count)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(i => At(
                Noon.AddSeconds(random.Next(3_000)),
                random.Next(1, 10_000),
                $"account {random.Next(60)}",
                $"shop/{random.Next(25)} & co",
                id: $"{seed}-{i}")),
        ];
    }

    private static async Task AssertLiveAsync(AnalyticsSilo silo, IReadOnlyCollection<CardTransaction> all)
    {
        foreach (var account in all.GroupBy(t => t.AccountId))
        {
            var metrics = await silo.Account(account.Key).GetMetricsAsync(Noon.AddHours(1));
            Assert.Equal(account.Sum(t => t.AmountMinor), metrics!.Currencies.Single().LastDay.DebitMinor);
            Assert.Equal(account.Count(), metrics.Currencies.Single().LastDay.Count);
        }

        foreach (var merchant in all.GroupBy(t => t.MerchantId))
        {
            var metrics = await silo.Merchant(merchant.Key).GetMetricsAsync(Noon.AddHours(1));
            Assert.Equal(merchant.Sum(t => t.AmountMinor), metrics!.Currencies.Single().LastDay.DebitMinor);
        }
    }
}
