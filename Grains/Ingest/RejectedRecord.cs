using Analytics.Transactions;

namespace Analytics.Ingest;

/// <summary>A record that is not accepted, with its bytes untouched.</summary>
/// <param name="Key">The key's bytes; null when the record has no key.</param>
/// <param name="Value">The value's bytes; null when the record has no value.</param>
/// <param name="Rejection">Why.</param>
[GenerateSerializer, Immutable]
public sealed record RejectedRecord(
    [property: Id(0)] byte[]? Key,
    [property: Id(1)] byte[]? Value,
    [property: Id(2)] Rejection Rejection);
