namespace Analytics.Transactions;

/// <summary>Where a record stands in the log of record. Ordered within a partition by epoch, then offset.</summary>
/// <param name="Epoch">Grows when a source starts over; offsets compare only within an epoch.</param>
/// <param name="Partition">Kafka partition, from 0.</param>
/// <param name="Offset">Kafka offset, from 0; -1 stands before the first record of the epoch.</param>
[GenerateSerializer, Immutable]
public readonly record struct Position(
    [property: Id(0)] long Epoch,
    [property: Id(1)] int Partition,
    [property: Id(2)] long Offset)
{
    /// <summary>Whether this position comes after <paramref name="other"/>, which must be of the same partition.</summary>
    public bool IsAfter(Position other) => Epoch != other.Epoch ? Epoch > other.Epoch : Offset > other.Offset;

    public override string ToString() => $"{Epoch}/{Partition}@{Offset}";
}
