using System.Text;
using Confluent.Kafka;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Streaming;

public sealed class KafkaPartitionerTests
{
    /// <summary>The vectors of Kafka's own UtilsTest.</summary>
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Hashes_as_Kafka_does(string key, int hash) => Assert.Equal(hash, (int)KafkaPartitioner.Murmur2(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public async Task Finds_the_partition_that_librdkafka_chooses()
    {
        const int Partitions = 7;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var broker = new EmbeddedKafkaBroker(("keys", Partitions));
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            LingerMs = 2,
            Partitioner = Partitioner.Murmur2,
        }).Build();
        var reports = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(_ =>
        {
            var key = new byte[random.Next(0, 65)];
            random.NextBytes(key);
            return producer.ProduceAsync("keys", new() { Key = key, Value = [] }, TestContext.Current.CancellationToken);
        }));
        Assert.All(reports, report => Assert.True(
            report.Partition.Value == KafkaPartitioner.PartitionOf(report.Key, Partitions),
            $"Seed {seed}: key {Convert.ToHexString(report.Key)} is in partition {report.Partition.Value}."));
    }
}
