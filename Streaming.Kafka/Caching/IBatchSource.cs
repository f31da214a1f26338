namespace Orleans.Streaming.Kafka;

/// <summary>What the cache needs of the reading side of its partition.</summary>
internal interface IBatchSource
{
    /// <summary>The source's epoch.</summary>
    long Epoch { get; }

    /// <summary>The offset from which the batch read next continues.</summary>
    long NextOffset { get; }

    /// <summary>The offset from which this owner began to read the partition.</summary>
    long StartOffset { get; }

    /// <summary>Told by the cache: everything before this offset has been delivered to every subscriber.</summary>
    long DeliveredBefore { set; }

    /// <summary>Reads on from <paramref name="offset"/>; what was read ahead is dropped.</summary>
    void Seek(long offset);
}
