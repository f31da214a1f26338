using System.Text;
using Analytics.Entities;
using Analytics.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;

namespace Analytics.Placement;

/// <summary>
/// Knows where accounts belong, and which of them are active on this silo. An account's home partition is the one that Kafka's default
/// partitioner gives its id; its home is the silo that reads that partition. Thread safe.
/// </summary>
/// <remarks>
/// Homes only make calls cheap. Nothing is lost or counted twice when an account is elsewhere: because silos see a change at different
/// moments, because the topic was given more partitions, or because a producer uses another partitioner. In the last two cases an account
/// may receive batches of several partitions; each bucket carries a position per partition. Deduplication by transaction_id is per
/// partition, though: the same transaction sent before and after partitions were added may land in two of them, and counts twice.
/// </remarks>
internal sealed class AccountHomes(
    [FromKeyedServices(AnalyticsStreams.Provider)] IKafkaStreamControl kafka, ILocalSiloDetails silo)
{
    public const int Unknown = -1;

    private readonly SiloAddress _here = silo.SiloAddress;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, HashSet<WindowedEntityGrain>> _active = [];

    /// <summary>The number of partitions that homes are computed with; 0 before it is known.</summary>
    public int PartitionCount => kafka.PartitionCount;

    /// <summary>An account's home partition, or <see cref="Unknown"/>.</summary>
    /// <param name="id">The account's id in UTF-8.</param>
    public int PartitionOf(ReadOnlySpan<byte> id) => PartitionCount is > 0 and var count ? KafkaPartitioner.PartitionOf(id, count) : Unknown;

    /// <inheritdoc cref="PartitionOf(ReadOnlySpan{byte})"/>
    public int PartitionOf(string id) => PartitionOf(Encoding.UTF8.GetBytes(id));

    /// <summary>The silo that reads a partition; null while it is not known.</summary>
    public SiloAddress? OwnerOf(int partition) => kafka.GetOwner(partition);

    /// <summary>Whether another silo reads the partition.</summary>
    public bool IsElsewhere(int partition) => kafka.GetOwner(partition) is { } owner && !owner.Equals(_here);

    /// <summary>Notes that an account is active here.</summary>
    public void Enter(int homePartition, WindowedEntityGrain account)
    {
        lock (_lock)
        {
            if (!_active.TryGetValue(homePartition, out var accounts))
            {
                _active.Add(homePartition, accounts = []);
            }

            accounts.Add(account);
        }
    }

    /// <summary>Notes that an account is no longer active here.</summary>
    public void Leave(int homePartition, WindowedEntityGrain account)
    {
        lock (_lock)
        {
            if (_active.TryGetValue(homePartition, out var accounts) && accounts.Remove(account) && accounts.Count == 0)
            {
                _active.Remove(homePartition);
            }
        }
    }

    /// <summary>
    /// Sends the accounts of a partition home, if that is elsewhere. To be called when everything that the partition did is durable: then
    /// none of them has to wait before it can leave.
    /// </summary>
    /// <returns>How many were sent.</returns>
    public int SendHome(int partition)
    {
        WindowedEntityGrain[] accounts;
        lock (_lock)
        {
            if (!IsElsewhere(partition) || !_active.TryGetValue(partition, out var active))
            {
                return 0;
            }

            accounts = [.. active];
        }

        foreach (var account in accounts)
        {
            account.DeactivateOnIdle();
        }

        return accounts.Length;
    }
}
