using Analytics.Storage;

namespace Analytics.Partitions;

/// <summary>How far one partition has come.</summary>
/// <param name="Partition">Kafka partition.</param>
/// <param name="Epoch">The source's epoch.</param>
/// <param name="Silo">Name of the silo that handles it; empty when none does now.</param>
/// <param name="Offset">Last offset applied; -1 for none.</param>
/// <param name="CheckpointOffset">Last offset whose effects are durable; -1 for none.</param>
/// <param name="LagRecords">Records in the log that are not applied yet.</param>
/// <param name="StreamTimeMicros">Largest event time accepted, microseconds since the Unix epoch.</param>
/// <param name="WatermarkMicros">Largest event time seen minus 5 s, microseconds since the Unix epoch.</param>
/// <param name="Counters">Totals since the epoch began, applied but not yet checkpointed records included.</param>
/// <param name="LatencyHistogram">
/// Time from a record's log timestamp to applied, over the last ten seconds or so: counts by bound of <see cref="LatencyBuckets"/>.
/// </param>
/// <param name="AppliedPerSecond">Records applied per second, over the last few seconds.</param>
[GenerateSerializer, Immutable]
public sealed record PartitionStatus(
    [property: Id(0)] int Partition,
    [property: Id(1)] long Epoch,
    [property: Id(2)] string Silo,
    [property: Id(3)] long Offset,
    [property: Id(4)] long CheckpointOffset,
    [property: Id(5)] long LagRecords,
    [property: Id(6)] long StreamTimeMicros,
    [property: Id(7)] long WatermarkMicros,
    [property: Id(8)] PartitionCounters Counters,
    [property: Id(9)] long[] LatencyHistogram,
    [property: Id(10)] double AppliedPerSecond);
