using Analytics.Storage;

namespace Analytics.Partitions;

/// <summary>One move of the checkpoint. It is repeated unchanged until its outcome is known.</summary>
/// <param name="Expected">The checkpoint known to be stored; null when there is none of this epoch.</param>
/// <param name="Next">The checkpoint to store.</param>
/// <param name="Rows">Raw rows after the one and up to the other.</param>
/// <param name="BatchCount">How many kept batches it covers.</param>
internal sealed record CheckpointAttempt(Checkpoint? Expected, Checkpoint Next, IReadOnlyList<RawRow> Rows, int BatchCount);
