using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Analytics.Tests.Grains;

/// <summary>Entities that end on a silo whose windows are not durable, because it cannot reach the store.</summary>
public sealed class DeactivationTests : ClusterFixture
{
    /// <summary>
    /// <list type="number">
    /// <item>Silo B loses the store; the others do not. Merchants on B have windows that only B's write buffer holds.</item>
    /// <item>They are idle and are to be collected. Their deactivation waits for the buffer: Orleans gives that up after its timeout.</item>
    /// <item>A silo that keeps a part of the grain directory is killed. The directory asks the living for their activations, and B does not
    /// name those that have ended or are deactivating.</item>
    /// <item>New batches activate these merchants on another silo, from the older state that is durable.</item>
    /// <item>B reaches the store again, and its buffer overwrites the newer windows of the successors.</item>
    /// </list>
    /// </summary>
    [Fact]
    public async Task Entities_whose_windows_are_not_durable_are_not_collected_and_no_successor_is_overwritten()
    {
        var first = await JoinAsync();
        var cutOff = await JoinAsync(more: ShortDeactivation);
        var victim = await JoinAsync();
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(3_000);
        await first.WaitForCheckpointsAsync();
        await WaitForSpreadAsync(first, 3);

        // An account that is called home now would be loaded there by its next batch.
        await WaitForHomesAsync(first, 3);
        AnalyticsSilo.Produce(Broker, Enumerable.Range(3_000, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(6_000);

        cutOff.Store.IsAway = true;
        AnalyticsSilo.Produce(Broker, Enumerable.Range(6_000, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(9_000);
        var management = first.Grains.GetGrain<IManagementGrain>(0);
        var active = await EntitiesOnAsync(management, cutOff);
        Assert.NotEmpty(active);
        var collected = management.ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        await Task.WhenAny(collected, Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken));

        Assert.Equal(active, await EntitiesOnAsync(management, cutOff));

        Silos.Remove(victim);
        await victim.KillAsync();
        await victim.DisposeAsync();
        AnalyticsSilo.Produce(Broker, Enumerable.Range(9_000, 3_000).Select(i => Transaction(i)));
        await UntilAsync(() => Task.FromResult(Enumerable.Range(0, Partitions).Select(first.Kafka.GetOwner).Distinct().Count() == 2));
        cutOff.Store.IsAway = false;
        await AssertCompleteAsync(first, 12_000);
    }

    /// <summary>A stop waits for the store as long as it may, then goes; what its buffer held is rebuilt from the log once it is fenced.</summary>
    [Fact]
    public async Task A_silo_that_stops_while_it_cannot_reach_the_store_ends_in_time_and_loses_nothing()
    {
        var timeout = TimeSpan.FromSeconds(6);
        var first = await JoinAsync();
        var stopping = await JoinAsync(more: silo => silo.Services.Configure<HostOptions>(o => o.ShutdownTimeout = timeout));
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(3_000);
        await WaitForSpreadAsync(first, 2);
        stopping.Store.IsAway = true;
        AnalyticsSilo.Produce(Broker, Enumerable.Range(3_000, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(6_000);

        Silos.Remove(stopping);
        var clock = Stopwatch.StartNew();
        await stopping.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        TestContext.Current.TestOutputHelper?.WriteLine($"Stopped after {clock.Elapsed.TotalSeconds:F1} s.");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, timeout + TimeSpan.FromSeconds(3));

        // It may write again now, and must not.
        stopping.Store.IsAway = false;
        await AssertCompleteAsync(first, 6_000);
        await stopping.DisposeAsync();
        await AssertCompleteAsync(first, 6_000);
    }

    /// <summary>The entities that are active on a silo, deactivating or not.</summary>
    private static async Task<SortedSet<string>> EntitiesOnAsync(IManagementGrain management, AnalyticsSilo silo)
    {
        var statistics = await management.GetDetailedGrainStatistics();
        return
        [
            .. statistics
                .Where(g => g.SiloAddress.ToParsableString() == silo.Address
                    && (g.GrainType.Contains("AccountGrain", StringComparison.Ordinal) || g.GrainType.Contains("MerchantGrain", StringComparison.Ordinal)))
                .Select(g => g.GrainId.ToString()),
        ];
    }

    private static void ShortDeactivation(ISiloBuilder silo) =>
        silo.Services.PostConfigure<GrainCollectionOptions>(o => o.DeactivationTimeout = TimeSpan.FromSeconds(1));
}
