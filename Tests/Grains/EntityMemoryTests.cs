using Analytics.Entities;
using Analytics.Partitions;
using Analytics.Windowing;
using Orleans.Core.Internal;
using Orleans.Runtime;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>What an active account or merchant holds, and what is left of it when it ends.</summary>
public sealed class EntityMemoryTests() : SiloFixture((AnalyticsSilo.Topic, 1))
{
    [Fact]
    public async Task An_entity_that_ends_gives_its_buckets_back_and_has_them_again_when_it_is_read()
    {
        await using var silo = await StartAsync();
        var memory = silo.Service<EntityMemory>();
        Assert.Equal(4, memory.Buckets.Count);

        await silo.WaitForCheckpointsAsync();
        await silo.Account("a").Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(memory.Buckets.Count == 3));

        Assert.Equal(2, (await silo.Account("a").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count);
        Assert.Equal(4, memory.Buckets.Count);
    }

    [Fact]
    public async Task Readers_of_an_entity_that_ends_all_the_time_always_get_its_answer()
    {
        await using var silo = await StartAsync();
        await silo.WaitForCheckpointsAsync();
        using var stop = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        Assert.Equal(2, (await silo.Account("a").GetMetricsAsync(Noon))?.Currencies.Single().LastDay.Count);
                    }
                    catch (OrleansMessageRejectionException)
                    {
                        // Orleans gives a call up that has met two activations at their end.
                    }
                }
            },
            TestContext.Current.CancellationToken)).ToList();
        for (var i = 0; i < 50; i++)
        {
            await silo.Account("a").Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Task.WhenAll(reading);
    }

    [Fact]
    public async Task Accounts_share_one_scope_of_services_and_merchants_have_their_own()
    {
        await using var silo = await StartAsync();
        Assert.Same(Services(EntityKind.Account, "a"), Services(EntityKind.Account, "b"));
        Assert.NotSame(Services(EntityKind.Merchant, "m"), Services(EntityKind.Merchant, "n"));
        Assert.NotSame(Services(EntityKind.Merchant, "m"), Services(EntityKind.Account, "a"));

        // What an activation has for itself would be everyone's.
        Assert.Throws<InvalidOperationException>(() => Services(EntityKind.Account, "a").GetService(typeof(IGrainContext)));
        Assert.Throws<InvalidOperationException>(() => Services(EntityKind.Account, "a").GetService(typeof(IAsyncEnumerableGrainExtension)));
        Assert.NotNull(Services(EntityKind.Account, "a").GetService(typeof(KeptEntities)));

        // The scope goes on when one of its accounts ends.
        await silo.Account("a").Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(silo.Service<KeptEntities>().Find(new(EntityKind.Account, "a")) is null));
        Assert.Equal(2, (await silo.Account("a").GetMetricsAsync(Noon))!.Currencies.Single().LastDay.Count);

        IServiceProvider Services(EntityKind kind, string id) =>
            silo.Service<KeptEntities>().Find(new(kind, id))!.Entity!.GrainContext.ActivationServices;
    }

    private async Task<AnalyticsSilo> StartAsync()
    {
        var silo = await AnalyticsSilo.StartAsync(Broker, Folder);
        AnalyticsSilo.Produce(
            Broker, [At(Noon, merchant: "m"), At(Noon, merchant: "n"), At(Noon, account: "b", merchant: "m"), At(Noon, account: "b", merchant: "n")]);
        await silo.WaitForAcceptedAsync(4);
        return silo;
    }
}
