using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

public sealed class PartitionAssignmentTests
{
    [Fact]
    public void Shares_differ_by_at_most_one()
    {
        var random = new Random(5);
        for (var partitions = 1; partitions <= 40; partitions++)
        {
            for (var silos = 1; silos <= 9; silos++)
            {
                var owners = PartitionAssignment.Compute(partitions, [.. Enumerable.Range(0, silos).Select(_ => random.Next())]);
                var counts = Enumerable.Range(0, silos).Select(silo => owners.Count(owner => owner == silo)).ToArray();
                Assert.True(counts.Max() - counts.Min() <= 1, $"{partitions} over {silos}: {string.Join(',', counts)}");
            }
        }
    }

    [Fact]
    public void A_silo_that_joins_moves_few_partitions_of_the_others()
    {
        int[] silos = [17, 99, 1234, 77_777];
        var before = PartitionAssignment.Compute(64, silos[..3]);
        var after = PartitionAssignment.Compute(64, silos);
        // 16 must move to the newcomer; a modulo would move 48.
        Assert.InRange(Enumerable.Range(0, 64).Count(p => before[p] != after[p]), 16, 30);
    }
}
