using System.Diagnostics;

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
}
