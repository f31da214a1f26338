using Analytics.Transactions;

namespace Analytics.Storage;

/// <summary>A row of <c>checkpoints</c>: everything up to <paramref name="Position"/> is durable.</summary>
/// <param name="Position">Epoch, partition and the last offset whose effects are durable; offset -1 when there is none yet.</param>
/// <param name="StreamTimeMicros">
/// Largest event time accepted up to the position, microseconds since the Unix epoch; <see cref="UnixMicros.None"/> when there is none.
/// It decides which events are late, so that a replay decides as the first run did.
/// </param>
/// <param name="Counters">Totals since the epoch began.</param>
[GenerateSerializer, Immutable]
public readonly record struct Checkpoint(
    [property: Id(0)] Position Position,
    [property: Id(1)] long StreamTimeMicros,
    [property: Id(2)] PartitionCounters Counters);
