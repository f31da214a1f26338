using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// Gives every active silo its even share of the partitions (<see cref="PartitionAssignment"/>). Orleans' default follows its hash ring,
/// which leaves silos empty when partitions are few.
/// </summary>
internal sealed class KafkaQueueBalancer(IServiceProvider services, PartitionOwners owners, ILogger<KafkaQueueBalancer> logger)
    : QueueBalancerBase(services, logger)
{
    private readonly Lock _lock = new();
    private IStreamQueueMapper? _mapper;
    private volatile QueueId[] _mine = [];

    public override Task Initialize(IStreamQueueMapper queueMapper)
    {
        _mapper = queueMapper;
        owners.Changed += Choose;
        return base.Initialize(queueMapper);
    }

    public override IEnumerable<QueueId> GetMyQueues() => _mine;

    public override Task Shutdown()
    {
        owners.Changed -= Choose;
        return base.Shutdown();
    }

    protected override void OnClusterMembershipChange(HashSet<SiloAddress> activeSilos) => owners.SetSilos(activeSilos);

    private void Choose()
    {
        lock (_lock)
        {
            QueueId[] mine = [.. _mapper!.GetAllQueues().Where(queue => SiloAddress.Equals(owners.OwnerOf(KafkaQueueMapper.PartitionOf(queue))))];
            if (mine.AsSpan().SequenceEqual(_mine)) return;
            _mine = mine;
        }
        NotifyListeners().Ignore();
    }
}
