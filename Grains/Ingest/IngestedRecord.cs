using Analytics.Transactions;

namespace Analytics.Ingest;

/// <summary>What decoding and validating made of one record: a transaction, or a rejection with the record's bytes.</summary>
/// <param name="Transaction">Set when the record is valid.</param>
/// <param name="Rejected">Set when it is not.</param>
[GenerateSerializer, Immutable]
public readonly record struct IngestedRecord(
    [property: Id(0)] CardTransaction? Transaction,
    [property: Id(1)] RejectedRecord? Rejected);
