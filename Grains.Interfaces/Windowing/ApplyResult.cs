namespace Analytics.Windowing;

/// <summary>An entity's answer to a batch.</summary>
/// <param name="Applied">
/// False: the activation is behind the batch's <see cref="EntityBatch.PreviousOffset"/>; nothing was applied, and it wants everything
/// after the checkpoint again.
/// </param>
/// <param name="Silo">Parsable address of the silo whose write buffer now holds what changed; the checkpoint waits for that buffer.</param>
/// <param name="Saturated">Additions of this batch that would have overflowed a sum.</param>
[GenerateSerializer, Immutable]
public readonly record struct ApplyResult(
    [property: Id(0)] bool Applied,
    [property: Id(1)] string Silo,
    [property: Id(2)] int Saturated);
