using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>The transactions of one partition's batch that concern one entity, in offset order; late ones are not among them.</summary>
/// <param name="Last">Position of the last event.</param>
/// <param name="PreviousOffset">
/// Offset of the last event that was sent to this entity before, when that one is not checkpointed yet; -1 otherwise. An activation that
/// does not know it has missed events and must not apply this batch (DESIGN.md section 4, rule 4).
/// </param>
/// <param name="StreamTimeMicros">The partition's stream time after this batch, microseconds since the Unix epoch.</param>
/// <param name="Events">At least one; a part of an array that the entities of one batch share.</param>
[GenerateSerializer, Immutable]
public readonly record struct EntityBatch(
    [property: Id(0)] Position Last,
    [property: Id(1)] long PreviousOffset,
    [property: Id(2)] long StreamTimeMicros,
    [property: Id(3)] ReadOnlyMemory<EntityEvent> Events);
