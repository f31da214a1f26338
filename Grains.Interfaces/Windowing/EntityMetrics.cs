using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>An entity's live metrics as its grain knows them; nothing of it comes from the store.</summary>
/// <param name="EntityId">The account's or merchant's id.</param>
/// <param name="AsOf">The instant whose bucket is the last one of every window.</param>
/// <param name="Lag">How long the oldest record not yet applied has waited in the log; zero when none waits.</param>
/// <param name="Currencies">One entry per currency seen within the kept buckets, by code.</param>
/// <param name="LastTransaction">The transaction with the largest event time seen; late ones do not count.</param>
[GenerateSerializer, Immutable]
public sealed record EntityMetrics(
    [property: Id(0)] string EntityId,
    [property: Id(1)] DateTimeOffset AsOf,
    [property: Id(2)] TimeSpan Lag,
    [property: Id(3)] IReadOnlyList<CurrencyMetrics> Currencies,
    [property: Id(4)] CardTransaction? LastTransaction);
