using System.ComponentModel;
using System.Text.Json.Serialization;
using Analytics.Api.Entities;
using Analytics.Storage;

namespace Analytics.Api.History;

/// <summary>What the two history routes answer alike.</summary>
internal abstract record HistoryAnswer
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    [Description("1m, 1h or 1d.")]
    public required string Step { get; init; }

    [Description("By start, then currency. Windows without a transaction are left out.")]
    public required IReadOnlyList<HistoryWindowAnswer> Windows { get; init; }

    [Description("Where to go on when the answer had to end early; null when it is complete.")]
    public required DateTimeOffset? NextFrom { get; init; }
}

/// <summary>The answer of <c>GET /v1/accounts/{id}/windows</c>.</summary>
internal sealed record AccountHistory : HistoryAnswer
{
    [JsonPropertyOrder(-1)]
    public required string AccountId { get; init; }

    public static AccountHistory Of(string id, HistoryPage page) => new()
    {
        AccountId = id,
        From = page.Query.From,
        To = page.Query.To,
        Step = HistoryQuery.Describe(page.Query.Step).Text,
        Windows = [.. page.Windows.Select(HistoryWindowAnswer.From)],
        NextFrom = page.NextFrom,
    };
}

/// <summary>The answer of <c>GET /v1/merchants/{id}/windows</c>.</summary>
internal sealed record MerchantHistory : HistoryAnswer
{
    [JsonPropertyOrder(-1)]
    public required string MerchantId { get; init; }

    public static MerchantHistory Of(string id, HistoryPage page) => new()
    {
        MerchantId = id,
        From = page.Query.From,
        To = page.Query.To,
        Step = HistoryQuery.Describe(page.Query.Step).Text,
        Windows = [.. page.Windows.Select(HistoryWindowAnswer.From)],
        NextFrom = page.NextFrom,
    };
}

/// <summary>One window <c>[start, end)</c> of one currency.</summary>
internal sealed record HistoryWindowAnswer(
    string Currency,
    [property: Description("Inclusive.")] DateTimeOffset Start,
    [property: Description("Exclusive.")] DateTimeOffset End,
    BucketTotalsAnswer Totals)
{
    public static HistoryWindowAnswer From(HistoryWindow window) =>
        new(window.Currency, window.Start, window.End, BucketTotalsAnswer.From(window.Totals));
}
