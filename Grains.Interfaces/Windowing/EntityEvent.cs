using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>One transaction on its way to an entity.</summary>
/// <param name="Offset">Kafka offset within the batch's partition and epoch.</param>
/// <param name="Transaction">The transaction, shared with the other entity it concerns.</param>
[GenerateSerializer, Immutable]
public readonly record struct EntityEvent([property: Id(0)] long Offset, [property: Id(1)] CardTransaction Transaction);
