namespace Analytics.Storage;

/// <summary>What became of a partition's records. Every record is exactly one of accepted, duplicate and dead letter.</summary>
/// <param name="Accepted">Stored raw, late ones included.</param>
/// <param name="Late">Accepted, but too late for the live windows.</param>
/// <param name="Duplicates">Dropped: the same transaction_id was accepted before.</param>
/// <param name="DeadLettered">Published to the dead-letter topic.</param>
/// <param name="Saturated">Accepted additions that would have overflowed a sum.</param>
[GenerateSerializer, Immutable]
public readonly record struct PartitionCounters(
    [property: Id(0)] long Accepted,
    [property: Id(1)] long Late,
    [property: Id(2)] long Duplicates,
    [property: Id(3)] long DeadLettered,
    [property: Id(4)] long Saturated)
{
    public static PartitionCounters operator +(PartitionCounters left, PartitionCounters right) => new(
        left.Accepted + right.Accepted,
        left.Late + right.Late,
        left.Duplicates + right.Duplicates,
        left.DeadLettered + right.DeadLettered,
        left.Saturated + right.Saturated);

    public static PartitionCounters operator -(PartitionCounters left, PartitionCounters right) => new(
        left.Accepted - right.Accepted,
        left.Late - right.Late,
        left.Duplicates - right.Duplicates,
        left.DeadLettered - right.DeadLettered,
        left.Saturated - right.Saturated);
}
