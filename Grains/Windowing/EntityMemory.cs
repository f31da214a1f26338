namespace Analytics.Windowing;

/// <summary>
/// Where all accounts and merchants of a silo have their buckets. Thread safe; each number in it belongs to one entity. Bounded by the
/// entities that are active and the minutes that each keeps.
/// </summary>
/// <param name="chunkLength">
/// Values that are reserved at a time, a power of two. The default makes arrays of 2 and 3 MB: large objects, which are left in place.
/// </param>
internal sealed class EntityMemory(int chunkLength = 16_384)
{
    public Slab<Bucket> Buckets { get; } = new(chunkLength);

    /// <summary>Positions of further partitions (<see cref="PartitionPositions"/>).</summary>
    public Slab<PositionBlock> Positions { get; } = new(chunkLength);
}
