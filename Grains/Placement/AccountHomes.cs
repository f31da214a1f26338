using System.Text;
using Analytics.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;

namespace Analytics.Placement;

/// <summary>
/// Knows where accounts belong. An account's home partition is the one that Kafka's default
/// partitioner gives its id; its home is the silo that reads that partition. Thread safe.
/// </summary>
/// <remarks>
/// Homes only make calls cheap. Nothing is lost or counted twice when an account is elsewhere: because silos see a change at different
/// moments, because the topic was given more partitions, or because a producer uses another partitioner. In the last two cases an account
/// may receive batches of several partitions; each bucket carries a position per partition. Deduplication by transaction_id is per
/// partition, though: the same transaction sent before and after partitions were added may land in two of them, and counts twice.
/// </remarks>
internal sealed class AccountHomes([FromKeyedServices(AnalyticsStreams.Provider)] IKafkaStreamControl kafka)
{
    public const int Unknown = -1;

    /// <summary>The number of partitions that homes are computed with; 0 before it is known.</summary>
    public int PartitionCount => kafka.PartitionCount;

    /// <summary>An account's home partition, or <see cref="Unknown"/>.</summary>
    /// <param name="id">The account's id in UTF-8.</param>
    public int PartitionOf(ReadOnlySpan<byte> id) => PartitionCount is > 0 and var count ? KafkaPartitioner.PartitionOf(id, count) : Unknown;

    /// <inheritdoc cref="PartitionOf(ReadOnlySpan{byte})"/>
    public int PartitionOf(string id) => PartitionOf(Encoding.UTF8.GetBytes(id));

    /// <summary>The silo that reads a partition; null while it is not known.</summary>
    public SiloAddress? OwnerOf(int partition) => kafka.GetOwner(partition);
}
