namespace Analytics.Tests.Grains;

/// <summary>Accounts live on the silo that reads their partition, whoever touched them first and whatever moved.</summary>
public sealed class PlacementTests : ClusterFixture
{
    [Fact]
    public async Task Accounts_are_where_their_partition_is_when_it_touched_them_first()
    {
        var first = await JoinAsync();
        await JoinAsync();
        await UntilAsync(() => Task.FromResult(OwnersAgree(2)));
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(3_000);
        await WaitForHomesAsync(first, 2);
        await AssertCompleteAsync(first, 3_000);
    }

    [Fact]
    public async Task Accounts_are_where_their_partition_is_when_a_reader_on_another_silo_touched_them_first()
    {
        var first = await JoinAsync();
        AnalyticsSilo.Produce(Broker, Enumerable.Range(0, 3_000).Select(i => Transaction(i)));
        await first.WaitForAcceptedAsync(3_000);
        await first.WaitForCheckpointsAsync();
        await EndAllAsync();

        first = await JoinAsync();
        await JoinAsync();
        await UntilAsync(() => Task.FromResult(OwnersAgree(2)));
        long count = 0;
        for (var i = 0; i < AccountCount; i++)
        {
            count += (await first.Account($"account {i}").GetMetricsAsync(Windowing.Transactions.Noon.AddHours(1)))!.Currencies.Sum(c => c.LastDay.Count);
        }

        Assert.Equal(3_000, count);
        Assert.Equal(0, await MisplacedAsync(first, 2));
    }

    [Fact]
    public async Task Accounts_follow_their_partition_when_silos_join_and_leave()
    {
        var first = await JoinAsync();
        await using var load = new Load(Broker);
        await WaitForSpreadAsync(first, 1);
        await WaitForHomesAsync(first, 1);

        await JoinAsync();
        var leaver = await JoinAsync();
        await WaitForSpreadAsync(first, 3);
        await WaitForHomesAsync(first, 3);

        Silos.Remove(leaver);
        await leaver.DisposeAsync();
        await WaitForSpreadAsync(first, 2);
        await WaitForHomesAsync(first, 2);
        await AssertCompleteAsync(first, await load.StopAsync());
    }

    private bool OwnersAgree(int silos) => Silos.All(s => s.PlaceableSilos == silos) && Enumerable.Range(0, Partitions).All(
        p => Silos.Select(s => s.Kafka.GetOwner(p)).Distinct().Count() == 1 && Silos[0].Kafka.GetOwner(p) is not null)
        && Enumerable.Range(0, Partitions).Select(p => Silos[0].Kafka.GetOwner(p)).Distinct().Count() == silos;
}
