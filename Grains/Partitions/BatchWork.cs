using Analytics.Ingest;
using Analytics.Storage;

namespace Analytics.Partitions;

/// <summary>A batch after its records were judged: everything that it is going to cause.</summary>
internal sealed class BatchWork
{
    /// <summary>Offset of the batch's last record, accepted or not.</summary>
    public required long LastOffset { get; init; }

    /// <summary>The partition's stream time after this batch, microseconds since the Unix epoch.</summary>
    public required long StreamTimeMicros { get; init; }

    /// <summary>Log time of the first record in milliseconds since the Unix epoch; -1 when unknown.</summary>
    public required long FirstLoggedAtMs { get; init; }

    /// <summary>Accepted records, late ones included, in offset order.</summary>
    public required IReadOnlyList<RawRow> Rows { get; init; }

    public required IReadOnlyList<EntityWork> Entities { get; init; }

    /// <summary>What is still to be published; their bytes are as large as a producer likes, so they go when they are acknowledged.</summary>
    public required IReadOnlyList<(long Offset, RejectedRecord Record)> Rejected { get; set; }

    /// <summary>What became of the records; additions that saturated are noted as grains answer.</summary>
    public required PartitionCounters Counters { get; set; }

    /// <summary>Records that were judged.</summary>
    public int Records => (int)(Counters.Accepted + Counters.Duplicates + Counters.DeadLettered);

    /// <summary>The checkpoint that covers everything up to this batch; set when it is applied.</summary>
    public Checkpoint After { get; set; }
}
