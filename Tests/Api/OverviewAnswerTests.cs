using System.Text.Json;
using Analytics.Api.Json;
using Analytics.Api.Overview;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;

namespace Analytics.Tests.Api;

public sealed class OverviewAnswerTests
{
    [Fact]
    public void Partitions_add_up()
    {
        var answer = OverviewAnswer.From(
        [
            Status(1, "b", 20, UnixMicros.From(new(2026, 1, 31, 12, 0, 1, TimeSpan.Zero)), new(10, 1, 2, 3, 0), (5, 90)),
            Status(0, "", 10, UnixMicros.From(new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)), new(5, 0, 1, 0, 0), (5, 5), (100, 5)),
        ]);
        Assert.Equal((15L, 3L, 1L, 3L), (answer.Accepted, answer.Duplicates, answer.Late, answer.DeadLettered));
        Assert.Equal(200.2, answer.TransactionsPerSecond);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 1, TimeSpan.Zero), answer.StreamTime);
        Assert.InRange(answer.LatencyMs.P50!.Value, 5, 5.5);
        Assert.InRange(answer.LatencyMs.P99!.Value, 100, 110);
        Assert.Equal([0, 1], answer.Partitions.Select(partition => partition.Partition));
        Assert.Null(answer.Partitions[0].Silo);
    }

    [Fact]
    public void Json_of_an_empty_cluster_is_complete()
    {
        var json = JsonSerializer.Serialize(OverviewAnswer.From([]), ApiJson.Default.OverviewAnswer);
        Assert.Equal(
            """{"accepted":0,"duplicates":0,"late":0,"deadLettered":0,"transactionsPerSecond":0,"streamTime":null,"latencyMs":{"p50":null,"p95":null,"p99":null},"partitions":[]}""",
            json);
    }

    [Fact]
    public void Json_of_a_partition_that_has_seen_nothing_has_no_watermark()
    {
        var json = JsonSerializer.Serialize(
            OverviewAnswer.From([Status(0, "a", -1, UnixMicros.None, default)]).Partitions[0], ApiJson.Default.PartitionAnswer);
        Assert.Equal("""{"partition":0,"silo":"a","offset":-1,"checkpoint":-2,"lag":7,"watermark":null}""", json);
    }

    private static PartitionStatus Status(
        int partition, string silo, long offset, long streamTimeMicros, PartitionCounters counters, params (double Ms, long Count)[] latencies)
    {
        var histogram = new long[LatencyBuckets.Count];
        foreach (var (ms, count) in latencies)
        {
            histogram[LatencyBuckets.IndexOf(ms)] += count;
        }

        return new(partition, 1, silo, offset, offset - 1, 7, streamTimeMicros, streamTimeMicros, counters, histogram, 100.1);
    }
}
