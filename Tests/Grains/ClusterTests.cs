using System.Diagnostics;
using Analytics.Overview;
using Analytics.Transactions;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>Several silos in this process on one database; those that are not the first are killed and stopped.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private const int Partitions = 6;

    private static readonly TimeSpan MoveDeadline = TimeSpan.FromSeconds(30);

    private readonly EmbeddedKafkaBroker _broker = new((AnalyticsSilo.Topic, Partitions));
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-cluster-").FullName;
    private readonly List<AnalyticsSilo> _silos = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.AsEnumerable().Reverse())
        {
            await silo.DisposeAsync();
        }

        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Partitions_move_to_a_silo_that_joins_although_their_load_never_pauses()
    {
        var first = await JoinAsync();
        await using var load = new Load(_broker);
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
        await using var load = new Load(_broker);
        await WaitForSpreadAsync(first, 3);
        for (var fault = 0; fault < 4; fault++)
        {
            await Task.Delay(random.Next(200, 1_500), TestContext.Current.CancellationToken);
            var victim = _silos[random.Next(1, _silos.Count)];
            _silos.Remove(victim);
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

    private async Task<AnalyticsSilo> JoinAsync()
    {
        var silo = await AnalyticsSilo.StartAsync(_broker, _folder, o => o.StoreTimeout = TimeSpan.FromSeconds(5), _silos.FirstOrDefault());
        _silos.Add(silo);
        return silo;
    }

    private static async Task<IReadOnlyList<Analytics.Partitions.PartitionStatus>> StatusesAsync(AnalyticsSilo silo) =>
        [.. await silo.Grains.GetGrain<IOverviewGrain>(0).GetAsync()];

    private static Task WaitForSpreadAsync(AnalyticsSilo silo, int silos) => UntilAsync(async () =>
    {
        var statuses = await StatusesAsync(silo);
        return statuses.Count == Partitions && statuses.Select(s => s.Silo).Distinct().Count() == silos;
    });

    private static Task WaitForProgressAsync(AnalyticsSilo silo, IReadOnlyList<Analytics.Partitions.PartitionStatus> before) => UntilAsync(async () =>
    {
        var offsets = before.ToDictionary(s => s.Partition, s => s.Offset);
        var now = await StatusesAsync(silo);
        return now.Count == Partitions && now.All(s => s.Offset > offsets.GetValueOrDefault(s.Partition, -1));
    });

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception exception) when (clock.Elapsed < MoveDeadline && exception is not OperationCanceledException)
            {
                // The overview may have been on the silo that is gone.
            }

            Assert.True(clock.Elapsed < MoveDeadline, $"Not reached within {MoveDeadline}.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static async Task AssertCompleteAsync(AnalyticsSilo silo, long produced)
    {
        await UntilAsync(() => Task.FromResult(silo.Sql("select count(*) from transactions") >= produced));
        Assert.Equal(produced, silo.Sql("select count(*) from transactions"));
        Assert.Equal(produced, silo.Sql("select count(distinct kafka_offset * 100 + kafka_partition) from transactions"));
        Assert.Equal(produced, silo.Sql("select sum(last + 1) from (select max(kafka_offset) as last from transactions group by kafka_partition)"));
        Assert.Equal(produced, silo.Sql("select sum(accepted) from checkpoints"));
        foreach (var kind in (string[])["account", "merchant"])
        {
            var recomputed =
                $"select {kind}_id, currency, occurred_at / 60000000 * 60000000, count(*), sum(amount_minor) from transactions group by 1, 2, 3";
            var stored = $"select {kind}_id, currency, window_start, count, debit_minor from {kind}_windows";
            Assert.Equal(0, silo.Sql($"select count(*) from ({recomputed} except {stored})"));
            Assert.Equal(0, silo.Sql($"select count(*) from ({stored} except {recomputed})"));
        }

        Assert.False(silo.IsLost);
    }

    /// <summary>Transactions with known content, at a steady rate until it is stopped.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<long> _producing;

        public Load(EmbeddedKafkaBroker broker) => _producing = Task.Run(() => ProduceAsync(broker));

        public async Task<long> StopAsync()
        {
            await _stop.CancelAsync();
            return await _producing;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task<long> ProduceAsync(EmbeddedKafkaBroker broker)
        {
            long produced = 0;
            while (!_stop.IsCancellationRequested)
            {
                AnalyticsSilo.Produce(broker, Enumerable.Range(0, 100).Select(_ => Next(produced++)).ToArray());
                await Task.Delay(20, CancellationToken.None);
            }

            return produced;
        }

        private static CardTransaction Next(long i) => At(
            Noon.AddSeconds(i % 600), 1 + (i % 97), $"account {i % 150}", $"shop {i % 23}", id: $"cluster-{i}");
    }
}
