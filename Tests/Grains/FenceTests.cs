using Analytics.Partitions;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Analytics.Transactions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Runtime;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>A silo that lost its right to write stops, and writes nothing more; the next one goes on.</summary>
public sealed class FenceTests() : SiloFixture((AnalyticsSilo.Topic, 4))
{
    [Fact]
    public async Task A_fenced_silo_stops_without_writing_and_the_next_one_loses_nothing()
    {
        await using (var silo = await AnalyticsSilo.StartAsync(Broker, Folder))
        {
            AnalyticsSilo.Produce(Broker, Generate(0, 500));
            await silo.WaitForAcceptedAsync(500);
            await silo.WaitForCheckpointsAsync();
            using (var other = OtherStore())
            {
                await other.FenceAsync([silo.Address], Cancel);
            }

            AnalyticsSilo.Produce(Broker, Generate(500, 500));
            await AssertLeavesAsync(silo);
            Assert.Equal(500, silo.Sql("select count(*) from transactions"));
        }

        await AssertNextIsCompleteAsync(1_000);
    }

    [Fact]
    public async Task A_checkpoint_that_another_owner_moved_makes_the_silo_leave()
    {
        await using (var silo = await AnalyticsSilo.StartAsync(Broker, Folder))
        {
            AnalyticsSilo.Produce(Broker, Generate(0, 500));
            await silo.WaitForAcceptedAsync(500);
            await silo.WaitForCheckpointsAsync();
            using (var other = OtherStore())
            {
                foreach (var checkpoint in await other.ReadCheckpointsAsync(Cancel))
                {
                    var next = checkpoint with { Position = checkpoint.Position with { Offset = checkpoint.Position.Offset + 1 } };
                    Assert.True(await other.CommitCheckpointAsync(checkpoint, next, [], Cancel));
                }
            }

            AnalyticsSilo.Produce(Broker, Generate(500, 500));
            await AssertLeavesAsync(silo);
            Assert.Equal(500, silo.Sql("select count(*) from transactions"));
        }
    }

    /// <summary>It may be activated long after its stream began here, and a silo may have died since.</summary>
    [Fact]
    public async Task A_partition_reads_its_state_only_after_the_dead_are_fenced()
    {
        GatedMembership? membership = null;
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, more: builder => builder.Services.AddSingleton<IMembershipReader>(
            services => membership = new(ActivatorUtilities.CreateInstance<MembershipReader>(services))));
        AnalyticsSilo.Produce(Broker, Generate(0, 500));
        await silo.WaitForAcceptedAsync(500);
        await silo.WaitForCheckpointsAsync();
        var isRead = false;
        silo.Store.BeforeRecentIds(() => Task.FromResult(isRead = true));
        membership!.IsAway = true;
        await silo.Grains.GetGrain<IPartitionGrain>("0").AsReference<IGrainManagementExtension>().DeactivateOnIdle(Cancel);
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(isRead || membership.Refused > 0));
        Assert.False(isRead);

        membership.IsAway = false;
        AnalyticsSilo.Produce(Broker, Generate(500, 500));
        await silo.WaitForAcceptedAsync(1_000);
        await silo.WaitForCheckpointsAsync();
        Assert.True(isRead);
        Assert.Equal(1_000, silo.Sql("select count(*) from transactions"));
    }

    private static async Task AssertLeavesAsync(AnalyticsSilo silo)
    {
        var left = new TaskCompletionSource();
        await using var registration = silo.Stopping.Register(left.SetResult);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.True(silo.IsLost);
    }

    private async Task AssertNextIsCompleteAsync(int count)
    {
        await using var next = await AnalyticsSilo.StartAsync(Broker, Folder);
        await next.WaitForAcceptedAsync(count);
        await next.WaitForCheckpointsAsync();
        Assert.Equal(count, next.Sql("select count(*) from transactions"));
        Assert.Equal(
            Generate(0, count).Sum(t => t.AmountMinor), next.Sql("select sum(debit_minor) from account_windows"));
        Assert.Equal(
            Generate(0, count).Sum(t => t.AmountMinor), next.Sql("select sum(debit_minor) from merchant_windows"));
        Assert.False(next.IsLost);
    }

    private SqliteStore OtherStore() => new(Path.Combine(Folder, "analytics.db"), TimeSpan.FromSeconds(20));

    private static List<CardTransaction> Generate(int from, int count) =>
    [
        .. Enumerable.Range(from, count).Select(i => At(
            Noon.AddSeconds(i % 3_000), 1 + (i % 97), $"account {i % 40}", $"shop {i % 15}", id: $"fence-{i}")),
    ];
}
