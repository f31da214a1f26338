using System.ComponentModel;
using Analytics.Api.Transactions;
using Analytics.Windowing;

namespace Analytics.Api.Entities;

/// <summary>What accounts and merchants answer alike.</summary>
internal abstract record LiveMetrics
{
    [Description("The instant whose minute is the last one of every window: stream time unless the query says otherwise.")]
    public required DateTimeOffset AsOf { get; init; }

    [Description("How long the oldest record not yet applied has waited in the log, in milliseconds; 0 when none waits.")]
    public required long LagMs { get; init; }

    [Description("One entry per currency, by code.")]
    public required IReadOnlyList<CurrencyWindows> Currencies { get; init; }

    [Description("The transaction with the largest event time; null when there was none but late ones.")]
    public required TransactionItem? LastTransaction { get; init; }
}

/// <summary>The answer of <c>GET /v1/accounts/{id}</c>.</summary>
internal sealed record AccountMetrics : LiveMetrics
{
    [System.Text.Json.Serialization.JsonPropertyOrder(-1)]
    public required string AccountId { get; init; }

    public static AccountMetrics From(EntityMetrics metrics) => new()
    {
        AccountId = metrics.EntityId,
        AsOf = metrics.AsOf,
        LagMs = (long)metrics.Lag.TotalMilliseconds,
        Currencies = [.. metrics.Currencies.Select(CurrencyWindows.From)],
        LastTransaction = metrics.LastTransaction is { } last ? TransactionItem.From(last) : null,
    };
}

/// <summary>The answer of <c>GET /v1/merchants/{id}</c>.</summary>
internal sealed record MerchantMetrics : LiveMetrics
{
    [System.Text.Json.Serialization.JsonPropertyOrder(-1)]
    public required string MerchantId { get; init; }

    public static MerchantMetrics From(EntityMetrics metrics) => new()
    {
        MerchantId = metrics.EntityId,
        AsOf = metrics.AsOf,
        LagMs = (long)metrics.Lag.TotalMilliseconds,
        Currencies = [.. metrics.Currencies.Select(CurrencyWindows.From)],
        LastTransaction = metrics.LastTransaction is { } last ? TransactionItem.From(last) : null,
    };
}
