using System.Diagnostics;
using System.Text;
using Analytics.Hosting;
using Analytics.Overview;
using Analytics.Partitions;
using Analytics.Transactions;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>What tests of several silos in this process share: one broker, one database, and what must be true in the end.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    /// <summary>Accounts that <see cref="Transaction"/> draws from.</summary>
    internal const int AccountCount = 150;

    internal const int Partitions = 6;

    private static readonly TimeSpan MoveDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuestionDeadline = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-cluster-").FullName;

    /// <param name="partitions">Of the topic.</param>
    protected ClusterFixture(int partitions = Partitions) => Broker = new((AnalyticsSilo.Topic, partitions));

    internal EmbeddedKafkaBroker Broker { get; }

    /// <summary>The first must outlive the others.</summary>
    internal List<AnalyticsSilo> Silos { get; } = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await EndAllAsync();
        await Broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal async Task EndAllAsync()
    {
        foreach (var silo in Silos.AsEnumerable().Reverse())
        {
            await silo.DisposeAsync();
        }

        Silos.Clear();
    }

    internal async Task<AnalyticsSilo> JoinAsync(Action<AnalyticsOptions>? configure = null, Action<ISiloBuilder>? more = null)
    {
        var silo = await AnalyticsSilo.StartAsync(
            Broker,
            _folder,
            o =>
            {
                o.StoreTimeout = TimeSpan.FromSeconds(5);
                configure?.Invoke(o);
            },
            Silos.FirstOrDefault(),
            more);
        Silos.Add(silo);
        return silo;
    }

    internal static async Task<IReadOnlyList<PartitionStatus>> StatusesAsync(AnalyticsSilo silo) =>
        [.. await silo.Grains.GetGrain<IOverviewGrain>(0).GetAsync()];

    internal static Task WaitForSpreadAsync(AnalyticsSilo silo, int silos) => UntilAsync(async () =>
    {
        var statuses = await StatusesAsync(silo);
        return statuses.Count == Partitions && statuses.All(s => s.Silo.Length > 0) && statuses.Select(s => s.Silo).Distinct().Count() == silos;
    });

    // Where an account is decides what its calls cost, not what they do, so it has more time than the partitions, whose deadline is a promise.
    internal static Task WaitForHomesAsync(AnalyticsSilo silo, int silos)
    {
        var misplaced = -2;
        return UntilAsync(
            async () => (misplaced = await MisplacedAsync(silo, silos)) == 0,
            TimeSpan.FromSeconds(90),
            () => $"{misplaced} accounts are misplaced (-1: not all are active, or not on {silos} silos).");
    }

    /// <summary>Accounts that are active elsewhere than where their partition is read; -1 while they are not all active, or not on every silo.</summary>
    internal static async Task<int> MisplacedAsync(AnalyticsSilo silo, int silos)
    {
        var statistics = await silo.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        var accounts = statistics.Where(g => g.GrainType.Contains("AccountGrain", StringComparison.Ordinal)).ToList();
        if (accounts.Count != AccountCount || accounts.Select(a => a.SiloAddress).Distinct().Count() != silos)
        {
            return -1;
        }

        return accounts.Count(a => !a.SiloAddress.Equals(
            silo.Kafka.GetOwner(KafkaPartitioner.PartitionOf(Encoding.UTF8.GetBytes(a.GrainId.Key.ToString()!), Partitions))));
    }

    internal static Task WaitForProgressAsync(AnalyticsSilo silo, IReadOnlyList<PartitionStatus> before) => UntilAsync(async () =>
    {
        var offsets = before.ToDictionary(s => s.Partition, s => s.Offset);
        var now = await StatusesAsync(silo);
        return now.Count == Partitions && now.All(s => s.Offset > offsets.GetValueOrDefault(s.Partition, -1));
    });

    internal static Task UntilAsync(Func<Task<bool>> condition) => UntilAsync(condition, MoveDeadline, () => "");

    internal static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> state)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                // A question to a silo that has just gone may stay without an answer for Orleans' response timeout.
                if (await condition().WaitAsync(QuestionDeadline))
                {
                    return;
                }
            }
            catch (Exception exception) when (clock.Elapsed < deadline && exception is not OperationCanceledException)
            {
                // The overview may have been on the silo that is gone.
            }

            Assert.True(clock.Elapsed < deadline, $"Not reached within {deadline}. {state()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    internal static async Task AssertCompleteAsync(AnalyticsSilo silo, long produced)
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

    internal static CardTransaction Transaction(long i) => At(
        Noon.AddSeconds(i % 600), 1 + (i % 97), $"account {i % AccountCount}", $"shop {i % 23}", id: $"cluster-{i}");

    /// <summary>Transactions with known content, at a steady rate until it is stopped.</summary>
    internal sealed class Load : IAsyncDisposable
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
                AnalyticsSilo.Produce(broker, Enumerable.Range(0, 100).Select(_ => Transaction(produced++)).ToArray());
                await Task.Delay(20, CancellationToken.None);
            }

            return produced;
        }
    }
}
