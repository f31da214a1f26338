using Analytics.Hosting;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Analytics.Transactions;
using Orleans.Core.Internal;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>What a partition takes from the store when it starts.</summary>
public sealed class StartTests() : SiloFixture((AnalyticsSilo.Topic, 1))
{
    /// <summary>Its offset is larger than all of this epoch: a partition that began there would pass over every record.</summary>
    [Fact]
    public async Task A_checkpoint_of_an_older_epoch_is_not_where_a_newer_one_begins()
    {
        var now = UnixMicros.From(DateTimeOffset.UtcNow);
        await StoreAsync(epoch: 1, [.. Enumerable.Range(0, 100).Select(i => ($"older {i}", now))]);
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 10).Select(i => At(Noon, id: $"t{i}")));

        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.Epoch = 2);
        await silo.WaitForOffsetAsync(0, 9);
        await silo.WaitForCheckpointsAsync();

        Assert.Equal(10, silo.Sql("select count(*) from transactions where epoch = 2"));
        Assert.Equal(10, silo.Sql("select accepted from checkpoints where epoch = 2"));
        Assert.Equal(9, silo.Sql("select \"offset\" from checkpoints where epoch = 2"));
        Assert.Equal(99, silo.Sql("select \"offset\" from checkpoints where epoch = 1"));
        Assert.Equal(10, silo.Sql("select sum(count) from account_windows"));
        Assert.False(silo.IsLost);
    }

    /// <summary>
    /// The first activation applied a batch and could make no checkpoint; the reader is past that batch. Begun at what comes next, the second
    /// one would store a checkpoint that passes records without a row, while their windows are durable.
    /// </summary>
    [Fact]
    public async Task A_partition_that_ends_before_its_first_checkpoint_begins_again_where_reading_began()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.StoreTimeout = TimeSpan.FromSeconds(1));
        await EndWithoutCheckpointAsync(silo, applied: 10);

        AnalyticsSilo.Produce(Broker, Enumerable.Range(10, 10).Select(i => At(Noon, id: $"t{i}")));
        await silo.WaitForOffsetAsync(0, 19);
        await silo.WaitForCheckpointsAsync();

        Assert.Equal(20, silo.Sql("select sum(count) from account_windows"));
        Assert.Equal(20, silo.Sql("select count(*) from transactions"));
    }

    /// <summary>Delivered is applied, not durable: nothing more may ever be written to the partition.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_activation_could_not_make_durable_is_made_so_by_the_next_although_nothing_more_arrives(bool hasCheckpoint)
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, o => o.StoreTimeout = TimeSpan.FromSeconds(1));
        var before = hasCheckpoint ? 5 : 0;
        if (hasCheckpoint)
        {
            AnalyticsSilo.Produce(Broker, Enumerable.Range(0, before).Select(i => At(Noon, id: $"before {i}")));
            await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Sql("select count(*) from transactions") == before));
        }

        await EndWithoutCheckpointAsync(silo, before + 10);

        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Sql("select count(*) from transactions") == before + 10));
        Assert.Equal(before + 10, silo.Sql("select sum(count) from account_windows"));
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(before + 10, (await silo.CountersAsync()).Accepted);
    }

    /// <summary>Without a checkpoint any batch looks like the first one; its rows would be refused with the checkpoint, its windows not.</summary>
    [Fact]
    public async Task An_activation_without_a_checkpoint_takes_nothing_when_another_owner_has_stored_one()
    {
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Kafka.GetLogEndOffset(0) is not null));
        await silo.Grains.GetGrain<IPartitionGrain>("0").GetStatusAsync();
        await StoreAsync(epoch: 1, [.. Enumerable.Range(0, 5).Select(i => ($"t{i}", UnixMicros.From(DateTimeOffset.UtcNow)))]);

        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 10).Select(i => At(Noon, id: $"t{i}")));
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Sql("select count(*) from transactions") == 10));

        Assert.False(silo.IsLost);
        Assert.Equal(5, silo.Sql("select sum(count) from account_windows"));
    }

    /// <summary>
    /// The horizon ends with the newest row stored. That row is of the near future here, so that what arrives next has its log time, and the
    /// horizon is still the same. Of what is older nothing is read: a store may hold very much of it.
    /// </summary>
    [Fact]
    public async Task Ids_are_remembered_across_a_start_as_far_as_the_horizon_before_the_newest_row_and_no_further()
    {
        const int older = 100;
        var newest = UnixMicros.From(DateTimeOffset.UtcNow.AddMinutes(1));
        var horizon = newest - (long)new AnalyticsOptions().DeduplicationHorizon.TotalMicroseconds;
        (string Id, long IngestedAtMicros)[] former =
            [.. Enumerable.Range(0, older).Select(i => ($"older {i}", horizon - older + i)), ("oldest within", horizon), ("newest", newest)];
        await StoreAsync(epoch: 1, former);
        string[] again = [former[older - 1].Id, "oldest within", "newest"];
        AnalyticsSilo.Produce(Broker, former.Select(f => f.Id).Concat(again).Select(id => At(Noon, id: id)));

        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        await silo.WaitForOffsetAsync(0, former.Length + again.Length - 1);
        await silo.WaitForCheckpointsAsync();

        Assert.Equal(former.Length + 1, silo.Sql("select accepted from checkpoints"));
        Assert.Equal(2, silo.Sql("select duplicates from checkpoints"));
        Assert.Equal(2, silo.Sql($"select count(*) from transactions where transaction_id = '{again[0]}'"));
        Assert.InRange(silo.Store.RecentIdsRead, 2, older / 2);
    }

    /// <summary>Ten records more are applied, and the partition's activation ends while no checkpoint can be committed.</summary>
    private async Task EndWithoutCheckpointAsync(AnalyticsSilo silo, int applied)
    {
        silo.Store.HangCommits(0, int.MaxValue);
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 10).Select(i => At(Noon, id: $"t{i}")));
        await silo.WaitForOffsetAsync(0, applied - 1);
        var reads = silo.Store.CheckpointReads;
        var partition = silo.Grains.GetGrain<IPartitionGrain>("0").AsReference<IGrainManagementExtension>();
        await partition.DeactivateOnIdle(TestContext.Current.CancellationToken);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Store.CheckpointReads >= reads + 2));
        silo.Store.HangCommits(0, 0);
    }

    /// <summary>Leaves rows and checkpoint as a silo would that had accepted these from the beginning of the log.</summary>
    private async Task StoreAsync(long epoch, IReadOnlyList<(string Id, long IngestedAtMicros)> accepted)
    {
        using var store = new SqliteStore(Path.Combine(Folder, "analytics.db"), TimeSpan.FromSeconds(20));
        await store.MigrateAsync(TestContext.Current.CancellationToken);
        var rows = accepted.Select((a, offset) => new RawRow(At(Noon, id: a.Id), offset, a.IngestedAtMicros, false)).ToList();
        var checkpoint = new Checkpoint(new(epoch, 0, rows.Count - 1), UnixMicros.From(Noon), new(rows.Count, 0, 0, 0, 0));
        Assert.True(await store.CommitCheckpointAsync(null, checkpoint, rows, TestContext.Current.CancellationToken));
    }
}
