namespace Analytics.Windowing;

/// <summary>Where all accounts and merchants of a silo have their buckets. Thread safe; each number in it belongs to one entity.</summary>
/// <param name="chunkLength">Values that are reserved at a time, a power of two. The default makes arrays of 2 MB, which are never moved.</param>
internal sealed class EntityMemory(int chunkLength = 16_384)
{
    public Slab<Bucket> Buckets { get; } = new(chunkLength);

    /// <summary>Positions of further partitions (<see cref="PartitionPositions"/>).</summary>
    public Slab<PositionBlock> Positions { get; } = new(chunkLength);
}
