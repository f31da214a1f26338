using System.Diagnostics.Metrics;
using Analytics.Entities;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Telemetry;
using Analytics.Windowing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Runtime;

namespace Analytics.Tests.Grains;

/// <summary>What a partition has for entities on another silo, in one call.</summary>
public sealed class RelayTests : ClusterFixture
{
    private const int Shops = 23;

    private int _calls;
    private int _relays;
    private int _batches;
    private bool _failsRelays;

    [Fact]
    public async Task Merchants_of_another_silo_get_their_events_by_one_call_for_all_of_them()
    {
        using var metrics = new MeterListener();
        var counted = 0L;
        metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: AnalyticsMetrics.MeterName, Name: "analytics.entity.relays" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        metrics.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        metrics.Start();
        var first = await TwoSilosAsync();
        Assert.NotEqual(0, _calls);
        (_calls, _relays, _batches, counted) = (0, 0, 0, 0);

        AnalyticsSilo.Produce(Broker, Enumerable.Range(3_000, 3_000).Select(i => Transaction(i)));
        await AssertCompleteAsync(first, 6_000);

        Assert.Equal(0, _calls);
        Assert.NotEqual(0, _relays);
        Assert.True(_batches > _relays, $"{_batches} batches went by {_relays} calls.");

        // Other tests of this process count, too.
        Assert.True(counted >= _relays, $"{_relays} calls were counted as {counted}.");
    }

    [Fact]
    public async Task A_merchant_that_its_silo_does_not_keep_any_more_is_called()
    {
        var first = await TwoSilosAsync();
        for (var shop = 0; shop < Shops; shop++)
        {
            await first.Merchant($"shop {shop}").Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        }

        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(
            Silos.All(silo => Enumerable.Range(0, Shops).All(shop => silo.Service<KeptEntities>().Find(new(EntityKind.Merchant, $"shop {shop}")) is null))));
        (_calls, _relays) = (0, 0);

        AnalyticsSilo.Produce(Broker, Enumerable.Range(3_000, 3_000).Select(i => Transaction(i)));
        await AssertCompleteAsync(first, 6_000);

        Assert.NotEqual(0, _calls);
        Assert.NotEqual(0, _relays);
    }

    [Fact]
    public async Task Each_entity_is_called_when_the_one_call_fails()
    {
        var first = await TwoSilosAsync();
        _failsRelays = true;
        (_calls, _relays) = (0, 0);

        AnalyticsSilo.Produce(Broker, Enumerable.Range(3_000, 3_000).Select(i => Transaction(i)));
        await AssertCompleteAsync(first, 6_000);

        Assert.NotEqual(0, _calls);

        // One of each partition may be under way when the first fails; then they pause.
        Assert.InRange(_relays, 1, Partitions);
    }

    /// <summary>A dead silo that does not know it would take everything again and again, and its buffer never becomes durable.</summary>
    [Fact]
    public async Task A_silo_without_a_lease_leaves_everything()
    {
        var silo = await JoinAsync();
        AnalyticsSilo.Produce(Broker, [Transaction(0)]);
        await AssertCompleteAsync(silo, 1);
        var grainId = GrainId.Create("sys.svc.user", "test");
        var service = ActivatorUtilities.CreateInstance<EntityRelayService>(silo.Service<IServiceProvider>(), grainId);
        var transaction = Transaction(0);
        var batch = new EntityBatch(new(1, 0, 0), -1, transaction.OccurredAtMicros, new EntityEvent[] { new(0, transaction) });
        RelayedBatch[] batches = [new(EntityKind.Account, batch), new(EntityKind.Merchant, batch), new(EntityKind.Account, batch)];
        Assert.Empty((await service.ApplyAsync(batches)).Left);

        silo.Service<SiloLease>().Lose(new("For the test."));

        int[] all = [0, 1, 2];
        Assert.Equal(all, (await service.ApplyAsync(batches)).Left);
    }

    // The partitions and merchants are spread over both, and 3,000 transactions are durable.
    private async Task<AnalyticsSilo> TwoSilosAsync()
    {
        var first = await JoinAsync(more: CountCalls);
        await JoinAsync(more: CountCalls);
        await WaitForSpreadAsync(first, 2);
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await AssertCompleteAsync(first, 3_000);
        return first;
    }

    private void CountCalls(ISiloBuilder silo) => silo.AddOutgoingGrainCallFilter(async context =>
    {
        if (context.InterfaceMethod.DeclaringType == typeof(IEntityRelayService))
        {
            Interlocked.Increment(ref _relays);
            Interlocked.Add(ref _batches, ((RelayedBatch[])context.Request.GetArgument(0)!).Length);
            if (_failsRelays)
            {
                // As when the answer is lost: it is applied all the same.
                await context.Invoke();
                throw new TimeoutException("For the test.");
            }
        }
        else if (context.InterfaceMethod.Name == nameof(IWindowedEntityGrain.ApplyAsync) && context.TargetId.Type.ToString() == "merchant")
        {
            Interlocked.Increment(ref _calls);
        }

        await context.Invoke();
    });
}
