using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// Gives every active silo its even share of the partitions (<see cref="PartitionAssignment"/>). Orleans' default follows its hash ring,
/// which leaves silos empty when partitions are few.
/// </summary>
internal sealed class KafkaQueueBalancer(IServiceProvider services, ILogger<KafkaQueueBalancer> logger) : QueueBalancerBase(services, logger)
{
    private QueueId[] _queues = [];
    private volatile QueueId[] _mine = [];

    public override Task Initialize(IStreamQueueMapper queueMapper)
    {
        _queues = [.. queueMapper.GetAllQueues()];
        return base.Initialize(queueMapper);
    }

    public override IEnumerable<QueueId> GetMyQueues() => _mine;

    protected override void OnClusterMembershipChange(HashSet<SiloAddress> activeSilos)
    {
        SiloAddress[] silos = [.. activeSilos.Order()];
        var me = Array.IndexOf(silos, SiloAddress);
        QueueId[] mine = [];
        if (me >= 0)
        {
            var owners = PartitionAssignment.Compute(_queues.Length, [.. silos.Select(silo => silo.GetConsistentHashCode())]);
            mine = [.. _queues.Where((_, partition) => owners[partition] == me)];
        }
        if (mine.AsSpan().SequenceEqual(_mine)) return;
        _mine = mine;
        NotifyListeners().Ignore();
    }
}
