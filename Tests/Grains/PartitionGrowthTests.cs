using System.Text;
using Analytics.Hosting;
using Analytics.Tests.Streaming;
using Analytics.Transactions;
using Confluent.Kafka;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streaming.Kafka;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>A topic that is given more partitions while silos read it. Producers learn of them first, and silos at different moments.</summary>
public sealed class PartitionGrowthTests() : ClusterFixture(After)
{
    private const int Before = 4;
    private const int After = 8;

    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    /// <param name="isKilled">Whether the silo that does not know yet is killed, and another one starts that knows at once.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Partitions_added_under_load_are_read_from_their_start_and_nothing_is_lost_or_doubled(bool isKilled)
    {
        var (early, late) = (new LimitedPartitions(Before), new LimitedPartitions(Before));
        var first = await JoinAsync(more: Asks(early, Often));
        var second = await JoinAsync(more: Asks(late, Never));
        await using var load = new GrowingLoad(Broker.BootstrapServers, Before);
        await UntilAsync(() => IsReadAsync(first, Before));

        load.Partitions = After;
        await UntilAsync(async () => (await Task.WhenAll(Enumerable.Range(Before, After - Before).Select(first.Kafka.QueryLogRangeAsync)))
            .All(range => range is { End: > 100 }));
        Assert.Equal(Before, first.Kafka.PartitionCount);

        early.Limit = After;
        await UntilAsync(() => Task.FromResult(first.Kafka.PartitionCount == After));

        // The second has been told by the first, and its broker has not.
        var asked = late.Asked;
        await UntilAsync(() => Task.FromResult(late.Asked > asked));
        Assert.Equal(Before, second.Kafka.PartitionCount);
        if (isKilled)
        {
            Silos.Remove(second);
            await second.KillAsync();
            await second.DisposeAsync();
            second = await JoinAsync();
        }

        late.Limit = After;

        // Not before both know: all of the new ones may belong to the first.
        await UntilAsync(async () => second.Kafka.PartitionCount == After && await IsReadAsync(first, After));
        Assert.All(Enumerable.Range(0, After), p => Assert.Equal(first.Kafka.GetOwner(p), second.Kafka.GetOwner(p)));

        var sent = await load.StopAsync();
        await AssertCompleteAsync(first, sent.Count);
        Assert.Equal(0, first.Sql("select sum(first) from (select min(kafka_offset) as first from transactions group by kafka_partition)"));
        Assert.NotEqual(
            0, first.Sql("select count(*) from (select 1 from transactions group by account_id having count(distinct kafka_partition) = 2)"));
        await AssertLiveAsync(first, sent);
        Assert.Empty(first.Kafka.Faults);
    }

    private static Action<ISiloBuilder> Asks(LimitedPartitions partitions, TimeSpan interval) => silo =>
    {
        silo.Services.AddKeyedSingleton<ITopicPartitions>(AnalyticsStreams.Provider, partitions);
        silo.Services.Configure<KafkaStreamOptions>(AnalyticsStreams.Provider, options => options.PartitionRefreshInterval = interval);
    };

    /// <summary>Two silos read all of them, and have got something of each.</summary>
    private static async Task<bool> IsReadAsync(AnalyticsSilo silo, int partitions)
    {
        var statuses = await StatusesAsync(silo);
        return statuses.Count == partitions && statuses.All(s => s.Silo.Length > 0 && s.CheckpointOffset >= 0)
            && statuses.Select(s => s.Silo).Distinct().Count() == 2;
    }

    private static async Task AssertLiveAsync(AnalyticsSilo silo, IReadOnlyCollection<CardTransaction> sent)
    {
        foreach (var account in sent.GroupBy(t => t.AccountId))
        {
            var day = (await silo.Account(account.Key).GetMetricsAsync(Noon.AddHours(1)))!.Currencies.Single().LastDay;
            Assert.Equal((account.Count(), account.Sum(t => t.AmountMinor)), (day.Count, day.DebitMinor));
        }

        foreach (var merchant in sent.GroupBy(t => t.MerchantId))
        {
            var day = (await silo.Merchant(merchant.Key).GetMetricsAsync(Noon.AddHours(1)))!.Currencies.Single().LastDay;
            Assert.Equal((merchant.Count(), merchant.Sum(t => t.AmountMinor)), (day.Count, day.DebitMinor));
        }
    }

    /// <summary>Produces at a steady rate, to the partitions that a producer would choose which knows of so many.</summary>
    private sealed class GrowingLoad : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<List<CardTransaction>> _producing;
        private volatile int _partitions;

        public GrowingLoad(string bootstrapServers, int partitions)
        {
            _partitions = partitions;
            _producing = Task.Run(() => ProduceAsync(bootstrapServers));
        }

        public int Partitions
        {
            set => _partitions = value;
        }

        /// <summary>Everything that was sent.</summary>
        public async Task<List<CardTransaction>> StopAsync()
        {
            await _stop.CancelAsync();
            return await _producing;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task<List<CardTransaction>> ProduceAsync(string bootstrapServers)
        {
            using var producer = new ProducerBuilder<byte[], byte[]>(
                new ProducerConfig { BootstrapServers = bootstrapServers, LingerMs = 2, EnableIdempotence = true }).Build();
            List<CardTransaction> sent = [];
            while (!_stop.IsCancellationRequested)
            {
                for (var i = 0; i < 50; i++)
                {
                    var transaction = Transaction(sent.Count);
                    sent.Add(transaction);
                    var key = Encoding.UTF8.GetBytes(transaction.AccountId);
                    producer.Produce(
                        new TopicPartition(AnalyticsSilo.Topic, KafkaPartitioner.PartitionOf(key, _partitions)),
                        new() { Key = key, Value = transaction.ToMessage().ToByteArray() });
                }

                await Task.Delay(20, CancellationToken.None);
            }

            Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(30)));
            return sent;
        }
    }
}
