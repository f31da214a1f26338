using System.Diagnostics;
using System.Text;
using Analytics.Hosting;
using Analytics.Persistence;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Grains;

/// <summary>Several silos in this process on one database; those that are not the first are killed and stopped.</summary>
public sealed class ClusterTests : ClusterFixture
{
    [Fact]
    public async Task Partitions_move_to_a_silo_that_joins_although_their_load_never_pauses()
    {
        var first = await JoinAsync();
        await using var load = new Load(Broker);
        await AnalyticsSilo.WaitUntilAsync(async () => (await StatusesAsync(first)).Count == Partitions);

        var clock = Stopwatch.StartNew();
        await JoinAsync();
        await WaitForSpreadAsync(first, 2);
        TestContext.Current.TestOutputHelper?.WriteLine($"Partitions spread over two silos after {clock.Elapsed.TotalSeconds:F1} s.");

        await AssertCompleteAsync(first, await load.StopAsync());
    }

    /// <summary>The last report of the silo that had a partition may be older than its last checkpoint; nobody else would correct it.</summary>
    [Fact]
    public async Task Partitions_that_move_after_their_last_record_have_a_grain_and_right_totals()
    {
        var first = await JoinAsync();
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(first.Sql("select count(*) from transactions") == 3_000));

        await JoinAsync();
        await WaitForSpreadAsync(first, 2);

        Assert.Equal(3_000, (await first.CountersAsync()).Accepted);
        Assert.All(await StatusesAsync(first), s => Assert.Equal((s.Offset, 0L), (s.CheckpointOffset, s.LagRecords)));
    }

    /// <summary>The buckets of the first silo are durable and have these records in them; its rows and checkpoints never are.</summary>
    [Fact]
    public async Task A_partition_that_moves_before_its_first_checkpoint_is_read_again_from_its_start()
    {
        var first = await JoinAsync(o => o.StoreTimeout = TimeSpan.FromMilliseconds(250));
        first.Store.HangCommits(0, int.MaxValue);
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(3_000);
        await UntilAsync(() => Task.FromResult(first.Sql("select coalesce(sum(count), 0) from account_windows") == 3_000));

        var second = await JoinAsync();
        await WaitForSpreadAsync(first, 2);
        await UntilAsync(() => Task.FromResult(Enumerable.Range(0, Partitions).All(IsCompleteUnlessOnFirst)));
        first.Store.HangCommits(0, 0);

        await AssertCompleteAsync(first, 3_000);

        bool IsCompleteUnlessOnFirst(int p) => second.Kafka.GetLogEndOffset(p) is not { } end
            || first.Sql($"select count(*) from transactions where kafka_partition = {p}") == end;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Silos_that_are_killed_and_stopped_under_load_lose_and_double_nothing(int seed)
    {
        var random = new Random(seed);
        var first = await JoinAsync();
        await JoinAsync();
        await JoinAsync();
        await using var load = new Load(Broker);
        await WaitForSpreadAsync(first, 3);
        for (var fault = 0; fault < 4; fault++)
        {
            await Task.Delay(random.Next(200, 1_500), TestContext.Current.CancellationToken);
            var victim = Silos[random.Next(1, Silos.Count)];
            Silos.Remove(victim);
            var killed = random.Next(2) == 0;
            var clock = Stopwatch.StartNew();
            var before = await StatusesAsync(first);
            if (killed)
            {
                await victim.KillAsync();
            }

            await victim.DisposeAsync();
            await WaitForProgressAsync(first, before);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"Seed {seed}: all partitions moved {clock.Elapsed.TotalSeconds:F1} s after a silo was {(killed ? "killed" : "stopped")}.");
            await JoinAsync();
        }

        await AssertCompleteAsync(first, await load.StopAsync());
    }

    /// <summary>
    /// Windows that only the write buffer of another silo holds, which then is killed. With load a next batch would find the gap; without it,
    /// only the checkpoint stands between them and being lost.
    /// </summary>
    [Fact]
    public async Task What_a_killed_silo_had_not_made_durable_is_applied_again_although_nothing_more_arrives()
    {
        var (first, victim) = await TwoSilosAsync();
        victim.Store.IsAway = true;
        AnalyticsSilo.Produce(Broker, Enumerable.Range(3_000, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(6_000);
        Assert.NotEqual(0, victim.Service<WriteBuffer>().Count);

        await KillAsync(victim);

        await AssertCompleteAsync(first, 6_000);
    }

    /// <summary>
    /// The write buffer that holds it from then on may be lost as the first one was. Only one partition has something to apply again: what
    /// others put into the buffer would keep its checkpoint waiting in any case.
    /// </summary>
    [Fact]
    public async Task No_checkpoint_passes_what_was_applied_again_before_that_is_durable()
    {
        // What is applied again may take longer than the fixture's deadline: silos and directory are still finding out who is gone.
        var (first, victim) = await TwoSilosAsync(o => o.StoreTimeout = TimeSpan.FromSeconds(30));
        var partition = Enumerable.Range(0, Partitions).First(p => first.Kafka.GetLogEndOffset(p) is not null);
        var more = Enumerable.Range(3_000, 3_000).Select(i => Transaction(i))
            .Where(t => KafkaPartitioner.PartitionOf(Encoding.UTF8.GetBytes(t.AccountId), Partitions) == partition).ToList();
        victim.Store.IsAway = true;
        AnalyticsSilo.Produce(Broker, more);
        await first.WaitForAcceptedAsync(3_000 + more.Count);
        Assert.NotEqual(0, victim.Service<WriteBuffer>().Count);
        var buffer = first.Service<WriteBuffer>();
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(buffer.Count == 0));
        var durable = RawRows();
        using var turns = new SemaphoreSlim(0);
        first.Store.BucketTurns = turns;

        await KillAsync(victim);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(buffer.Count > 0 || RawRows() != durable));

        // Ten intervals of the checkpoint later.
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.Equal(durable, RawRows());

        first.Store.BucketTurns = null;
        turns.Release(first.Store.BucketCommits);
        await AssertCompleteAsync(first, 3_000 + more.Count);

        long RawRows() => first.Sql("select count(*) from transactions");
    }

    /// <summary>The partitions are spread over both, and 3,000 transactions are durable.</summary>
    private async Task<(AnalyticsSilo First, AnalyticsSilo Second)> TwoSilosAsync(Action<AnalyticsOptions>? configureFirst = null)
    {
        var first = await JoinAsync(configureFirst);
        var second = await JoinAsync();
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(3_000);
        await first.WaitForCheckpointsAsync();
        await WaitForSpreadAsync(first, 2);
        return (first, second);
    }

    private async Task KillAsync(AnalyticsSilo silo)
    {
        Silos.Remove(silo);
        await silo.KillAsync();
        await silo.DisposeAsync();
    }
}
