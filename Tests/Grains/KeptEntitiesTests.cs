using Analytics.Entities;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>Batches that reach an entity without a call, and the moments in which they must not.</summary>
public sealed class KeptEntitiesTests() : SiloFixture((AnalyticsSilo.Topic, 1))
{
    private static readonly EntityKey Account = new(EntityKind.Account, "a");

    private readonly CountingFilter _calls = new();

    [Fact]
    public async Task An_entity_that_was_written_takes_what_follows_without_a_call()
    {
        await using var silo = await StartAsync();
        await ProduceAsync(silo, 0, 100);
        var first = _calls.Applied;
        Assert.InRange(first, 2, int.MaxValue);

        await ProduceAsync(silo, 100, 1_000);
        Assert.Equal(first, _calls.Applied);
        Assert.Equal(1_100, (await silo.Account("a").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count);
    }

    [Fact]
    public async Task A_partition_that_has_sent_an_entity_nothing_yet_needs_no_call_where_it_is_kept()
    {
        await using var silo = await StartAsync();
        await ProduceAsync(silo, 0, 100);
        await silo.WaitForCheckpointsAsync();
        var first = _calls.Applied;
        var begun = new TaskCompletionSource();
        silo.Store.BeforeRecentIds(() =>
        {
            begun.TrySetResult();
            return Task.CompletedTask;
        });
        await silo.Grains.GetGrain<IPartitionGrain>("0").AsReference<IGrainManagementExtension>()
            .DeactivateOnIdle(TestContext.Current.CancellationToken);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await ProduceAsync(silo, 100, 100);
        Assert.Equal(first, _calls.Applied);
        Assert.Equal(200, (await silo.Account("a").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count);
    }

    [Fact]
    public async Task An_activation_that_ends_takes_nothing_more_and_its_successor_misses_nothing()
    {
        await using var silo = await StartAsync();
        await ProduceAsync(silo, 0, 100);
        var kept = silo.Service<KeptEntities>();
        var handle = kept.Find(Account);
        var entity = handle?.Entity;
        Assert.NotNull(entity);

        await silo.Account("a").Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(kept.Find(Account) is null));
        Assert.False(entity.TryApply(Continuation(100), out _));
        Assert.Null(handle!.Entity);

        await ProduceAsync(silo, 100, 1_000);
        Assert.NotSame(entity, kept.Find(Account)?.Entity);
        Assert.Equal(1_100, (await silo.Account("a").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(1_100, silo.Sql("select sum(count) from account_windows"));
    }

    /// <summary>From then on it may be collected at any moment, also in the middle of a batch that comes without a call.</summary>
    [Fact]
    public async Task An_entity_that_was_let_go_takes_nothing_without_a_call()
    {
        await using var silo = await StartAsync();
        await ProduceAsync(silo, 0, 100);
        await silo.WaitForCheckpointsAsync();
        var entity = silo.Service<KeptEntities>().Find(Account)?.Entity;
        Assert.NotNull(entity);

        entity.Release();
        Assert.False(entity.TryApply(Continuation(100), out _));

        await ProduceAsync(silo, 100, 50);
        Assert.Same(entity, silo.Service<KeptEntities>().Find(Account)?.Entity);
        Assert.Equal(150, (await silo.Account("a").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count);
    }

    [Fact]
    public async Task An_entity_stays_at_the_first_look_and_goes_at_one_before_which_nothing_was_written()
    {
        await using var silo = await StartAsync();
        await ProduceAsync(silo, 0, 1);
        await silo.WaitForCheckpointsAsync();
        var kept = silo.Service<KeptEntities>();
        var handle = kept.Find(Account);
        Assert.NotNull(handle);

        handle.ReleaseUnlessWritten(long.MaxValue);
        Assert.Same(handle, kept.Find(Account));
        await ProduceAsync(silo, 1, 1);
        await silo.WaitForCheckpointsAsync();
        handle.ReleaseUnlessWritten(long.MaxValue);
        Assert.Same(handle, kept.Find(Account));

        handle.ReleaseUnlessWritten(long.MaxValue);
        Assert.Null(kept.Find(Account));
    }

    /// <summary>Let go of, it may end, and wait for the store while another silo activates it from what is durable.</summary>
    [Fact]
    public async Task An_entity_whose_last_write_is_not_durable_is_not_let_go()
    {
        await using var silo = await StartAsync();
        using var turns = new SemaphoreSlim(0);
        silo.Store.BucketTurns = turns;
        await ProduceAsync(silo, 0, 100);
        var kept = silo.Service<KeptEntities>();
        var entity = kept.Find(Account)?.Entity;
        Assert.NotNull(entity);

        entity.Release();
        Assert.Same(entity, kept.Find(Account)?.Entity);

        silo.Store.BucketTurns = null;
        turns.Release(silo.Store.BucketCommits);
        await silo.WaitForCheckpointsAsync();
        entity.Release();
        Assert.Null(kept.Find(Account));
    }

    [Fact]
    public async Task An_entity_of_this_silo_is_read_without_a_call_while_it_is_kept()
    {
        await using var silo = await StartAsync();
        await ProduceAsync(silo, 0, 100);
        await silo.WaitForCheckpointsAsync();
        var live = silo.Service<ILiveMetrics>();

        // How far the log is ahead is another figure each time.
        var lag = TimeSpan.FromMilliseconds(1);
        Assert.Equivalent(
            (await silo.Account("a").GetMetricsAsync(Noon))! with { Lag = lag },
            (await live.GetAsync(EntityKind.Account, "a", Noon))! with { Lag = lag },
            strict: true);
        Assert.Equal(1, _calls.Read);
        await Assert.ThrowsAsync<AsOfTooOldException>(
            () => live.GetAsync(EntityKind.Account, "a", DateTimeOffset.UnixEpoch.AddDays(2)).AsTask());
        Assert.Equal(1, _calls.Read);

        silo.Service<KeptEntities>().Find(Account)!.Entity!.Release();
        Assert.Equal(100, (await live.GetAsync(EntityKind.Account, "a", Noon))!.Currencies.Single().LastDay.Count);
        Assert.Null(await live.GetAsync(EntityKind.Merchant, "never seen", null));
        Assert.Equal(3, _calls.Read);
    }

    /// <summary>Old events make a batch look up buckets that are not in memory; these come in among those that a reader goes through.</summary>
    [Fact]
    public async Task A_read_without_a_call_meets_no_bucket_that_is_being_added()
    {
        const int Old = 3_000;
        await using var silo = await StartAsync();
        var longAgo = Noon.AddDays(-30);
        await silo.Store.CommitBucketsAsync([], [.. Enumerable.Range(0, Old).Select(OldBucket)], TestContext.Current.CancellationToken);
        var merchant = silo.Merchant("m");
        Assert.True((await merchant.ApplyAsync(new(new(1, 0, 0), -1, UnixMicros.From(Noon), new EntityEvent[] { new(0, At(Noon)) }))).Applied);
        var live = silo.Service<ILiveMetrics>();
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Assert.Equal(1, (await live.GetAsync(EntityKind.Merchant, "m", Noon))!.Currencies.Single().LastDay.Count);
                }
            },
            TestContext.Current.CancellationToken);

        // The oldest last, so that each goes in front of what is there.
        for (var (offset, minute) = (1L, Old); minute > 0; minute -= 100, offset += 100)
        {
            var events = Enumerable.Range(0, 100).Select(i => new EntityEvent(offset + i, At(longAgo.AddMinutes(minute - 1 - i)))).ToArray();
            Assert.True((await merchant.ApplyAsync(new(new(1, 0, offset + 99), offset - 1, UnixMicros.From(Noon), events))).Applied);
        }

        await stop.CancelAsync();
        await reading;

        BucketRow OldBucket(int minute)
        {
            var time = longAgo.AddMinutes(minute);
            return new("m", "GBP", UnixMicros.MinuteOf(UnixMicros.From(time)), new() { Count = 1, ApprovedCount = 1 }, [new(1, 5, 0)], At(time));
        }
    }

    private Task<AnalyticsSilo> StartAsync() =>
        AnalyticsSilo.StartAsync(Broker, Folder, more: silo => silo.AddIncomingGrainCallFilter(_calls));

    private async Task ProduceAsync(AnalyticsSilo silo, int from, int count)
    {
        AnalyticsSilo.Produce(Broker, Enumerable.Range(from, count).Select(i => At(Noon, id: $"t{i}")));
        await silo.WaitForAcceptedAsync(from + count);
    }

    private static EntityBatch Continuation(long offset) =>
        new(new(1, 0, offset), -1, UnixMicros.From(Noon), new EntityEvent[] { new(offset, At(Noon)) });

    private sealed class CountingFilter : IIncomingGrainCallFilter
    {
        private int _applied;
        private int _read;

        public int Applied => Volatile.Read(ref _applied);

        public int Read => Volatile.Read(ref _read);

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.MethodName == nameof(IWindowedEntityGrain.ApplyAsync))
            {
                Interlocked.Increment(ref _applied);
            }

            if (context.MethodName == nameof(IWindowedEntityGrain.GetMetricsAsync))
            {
                Interlocked.Increment(ref _read);
            }

            return context.Invoke();
        }
    }
}
