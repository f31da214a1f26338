namespace Orleans.Streaming.Kafka.Embedded;

/// <summary>A kind of request that a broker answers; the numbers are Kafka's API keys.</summary>
public enum KafkaRequest : short
{
    /// <summary>Writing records.</summary>
    Produce = 0,

    /// <summary>Reading records.</summary>
    Fetch = 1,

    /// <summary>Asking for a log's first or last offset.</summary>
    ListOffsets = 2,

    /// <summary>Asking for topics, partitions and their leaders.</summary>
    Metadata = 3,

    /// <summary>Committing a group's offsets.</summary>
    OffsetCommit = 8,

    /// <summary>Asking for a group's committed offsets.</summary>
    OffsetFetch = 9,

    /// <summary>Asking for a group's coordinator.</summary>
    FindCoordinator = 10,
}
