using Orleans.Runtime;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// Which silo reads which partition, as this silo sees it: the one place where it is computed, from the active silos and the number of
/// partitions. Reads take no lock.
/// </summary>
internal sealed class PartitionOwners
{
    private readonly Lock _lock = new();
    private SiloAddress[] _silos = [];
    private int _partitions;
    private volatile SiloAddress[] _owners = [];

    /// <summary>Raised after an owner may have changed; by whoever told, outside the lock.</summary>
    public event Action? Changed;

    /// <summary>The owner; null before the silo takes part in its cluster, and for a partition that is not known.</summary>
    public SiloAddress? OwnerOf(int partition)
    {
        var owners = _owners;
        return (uint)partition < (uint)owners.Length ? owners[partition] : null;
    }

    public void SetSilos(IEnumerable<SiloAddress> active)
    {
        lock (_lock)
        {
            _silos = [.. active.Order()];
            Compute();
        }
        Changed?.Invoke();
    }

    public void SetPartitions(int count)
    {
        lock (_lock)
        {
            _partitions = count;
            Compute();
        }
        Changed?.Invoke();
    }

    private void Compute()
    {
        if (_silos.Length == 0)
        {
            _owners = [];
            return;
        }
        var owners = PartitionAssignment.Compute(_partitions, [.. _silos.Select(silo => silo.GetConsistentHashCode())]);
        _owners = [.. owners.Select(owner => _silos[owner])];
    }
}
