namespace Analytics.Windowing;

/// <summary>
/// Where all accounts and merchants of a silo have their buckets. Thread safe; each number in it belongs to one entity. Bounded by the
/// entities that are active and the minutes that each keeps.
/// </summary>
/// <param name="chunkLength">
/// Buckets that are reserved at a time, a power of two. The default makes arrays of 1 to 3 MB: large objects, which are left in place.
/// </param>
internal sealed class EntityMemory(int chunkLength = 16_384)
{
    // More than 2^30 buckets are in no memory.
    private const int MaxLog2 = 30;

    // An array of numbers is about as large as one of buckets.
    private const int NumbersPerBucket = 16;

    private readonly Slab<int>[] _numbers = [.. Enumerable.Range(0, MaxLog2 + 1).Select(
        log2 => new Slab<int>(Math.Max(1, (chunkLength * NumbersPerBucket) >> log2), 1 << log2))];

    public Slab<Bucket> Buckets { get; } = new(chunkLength);

    /// <summary>Positions of further partitions (<see cref="PartitionPositions"/>).</summary>
    public Slab<PositionBlock> Positions { get; } = new(chunkLength);

    /// <summary>Runs of 2^<paramref name="log2"/> numbers of buckets (<see cref="BucketList"/>).</summary>
    public Slab<int> Numbers(int log2) => _numbers[log2];
}
