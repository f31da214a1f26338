namespace Analytics.Telemetry;

/// <summary>The newest figures of one partition, written by its grain and read when metrics are collected.</summary>
internal sealed class PartitionGauges
{
    public long Offset { get; set; } = -1;

    public long CheckpointOffset { get; set; } = -1;

    public long LagRecords { get; set; }

    public long PendingRecords { get; set; }

    /// <summary>A <see cref="System.Diagnostics.Stopwatch"/> timestamp.</summary>
    public long CheckpointedAt { get; set; } = System.Diagnostics.Stopwatch.GetTimestamp();
}
