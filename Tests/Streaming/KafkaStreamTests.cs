using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Streaming;

/// <summary>The provider in a silo over the embedded broker.</summary>
public sealed class KafkaStreamTests
{
    [Fact]
    public async Task Every_partition_arrives_whole_and_in_order()
    {
        const int partitions = 4, each = 5_000;
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, partitions));
        var recorder = new Recorder();
        for (var p = 0; p < partitions; p++) StreamSilo.Produce(broker, p, Numbers(0, each / 2));
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options => options.MaxBatchRecords = 700);
        for (var p = 0; p < partitions; p++) StreamSilo.Produce(broker, p, Numbers(each / 2, each / 2));

        await recorder.Until(() => Enumerable.Range(0, partitions).All(p => recorder.Records(p).Length >= each), "all records");

        Assert.Equal(partitions, silo.Control.PartitionCount);
        for (var p = 0; p < partitions; p++)
        {
            Assert.Equal(Numbers(0, each).Select(value => "k=" + value), recorder.Records(p).Select(record => record.Value));
            AssertWithoutGaps(recorder, p, from: 0);
            Assert.All(recorder.Batches(p), batch => Assert.InRange(batch.Records.Length, 1, 700));
        }
        Assert.Empty(silo.Control.Faults);
    }

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(n => $"{n}");

    private static void AssertWithoutGaps(Recorder recorder, int partition, long from)
    {
        var next = from;
        foreach (var batch in recorder.Batches(partition))
        {
            Assert.Equal(next, batch.ContinuesFromOffset);
            foreach (var record in batch.Records) Assert.Equal(next++, record.Offset);
        }
    }
}
