namespace Analytics.Hosting;

/// <summary>Settings of the grains; the defaults are those of DESIGN.md.</summary>
public sealed class AnalyticsOptions
{
    /// <summary>The source's epoch: raised when its offsets start over. At least 0.</summary>
    public long Epoch { get; set; } = 1;

    /// <summary>The topic of transactions.</summary>
    public string Topic { get; set; } = "transactions";

    /// <summary>The topic of dead letters.</summary>
    public string DeadLetterTopic { get; set; } = "transactions.dlq";

    /// <summary>How long after its minute has closed an event still counts in the live windows. 0 to 7 days.</summary>
    public TimeSpan AllowedLateness { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How often a partition makes everything durable and moves its checkpoint. 50 ms to 1 min.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long a transaction_id is remembered, by the log's clock.</summary>
    public TimeSpan DeduplicationHorizon { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many transaction ids a partition remembers at most; about 75 bytes each.</summary>
    public int DeduplicationLimit { get; set; } = 1_000_000;

    /// <summary>Accepted records a partition keeps until they are durable; at this bound it takes no more. About 400 bytes each.</summary>
    public int MaxPendingRecords { get; set; } = 200_000;

    /// <summary>Changed buckets a silo keeps until they are durable; at this bound its partitions wait. About 400 bytes each.</summary>
    public int MaxBufferedBuckets { get; set; } = 500_000;

    /// <summary>Buckets written in one transaction.</summary>
    public int MaxBucketsPerCommit { get; set; } = 20_000;

    /// <summary>
    /// How long after its last write, once that is durable, an entity may be collected when it is idle; up to twice this. Until then a batch
    /// reaches it without a call, so it is longer than the pause between two transactions of most accounts.
    /// </summary>
    public TimeSpan EntityReleaseInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest time one call to the store may take before it counts as unavailable.</summary>
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
