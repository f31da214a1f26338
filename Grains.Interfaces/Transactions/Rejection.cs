namespace Analytics.Transactions;

/// <summary>Why a transaction is not accepted.</summary>
/// <param name="Reason">The first rule that it breaks.</param>
/// <param name="Detail">One sentence that names the field and what it holds.</param>
[GenerateSerializer, Immutable]
public sealed record Rejection(
    [property: Id(0)] DeadLetterReason Reason,
    [property: Id(1)] string Detail);
