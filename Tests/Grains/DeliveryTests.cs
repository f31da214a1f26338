using Analytics.Ingest;
using Analytics.Transactions;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>A delivery that lacks records reaches a partition. The provider makes none; the partition does not rely on that.</summary>
public sealed class DeliveryTests() : SiloFixture((AnalyticsSilo.Topic, 1))
{
    [Fact]
    public async Task A_delivery_with_a_gap_is_refused_and_what_it_lacked_is_read_again()
    {
        var deliveries = new ShorteningFilter();
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, more: builder => builder.AddIncomingGrainCallFilter(deliveries));
        AnalyticsSilo.Produce(Broker, Generate(0, 100));
        await silo.WaitForAcceptedAsync(100);

        deliveries.ShortenNext();
        AnalyticsSilo.Produce(Broker, Generate(100, 200));

        await silo.WaitForOffsetAsync(0, 299);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(1, deliveries.Shortened);
        Assert.Equal(300, silo.Sql("select count(distinct kafka_offset) from transactions"));
        Assert.Equal(300, silo.Sql("select count(*) from transactions"));
        Assert.Equal(300, silo.Sql("select sum(count) from account_windows"));
        Assert.False(silo.IsLost);
    }

    private static IEnumerable<CardTransaction> Generate(int from, int count) =>
        Enumerable.Range(from, count).Select(i => At(Noon, id: $"t{i}"));

    /// <summary>Takes the first record out of a delivery, once for each time that it is told to.</summary>
    private sealed class ShorteningFilter : IIncomingGrainCallFilter
    {
        private int _toShorten;
        private int _shortened;

        public int Shortened => Volatile.Read(ref _shortened);

        public void ShortenNext() => Interlocked.Increment(ref _toShorten);

        public Task Invoke(IIncomingGrainCallContext context)
        {
            for (var i = 0; i < context.Request.GetArgumentCount(); i++)
            {
                if (context.Request.GetArgument(i) is KafkaBatchContainer<IngestedRecord> { Batch.Records.Length: > 1 } whole
                    && Interlocked.Exchange(ref _toShorten, 0) > 0)
                {
                    context.Request.SetArgument(i, whole.From(whole.Batch.Records[1].Offset));
                    Interlocked.Increment(ref _shortened);
                }
            }

            return context.Invoke();
        }
    }
}
