using System.ComponentModel;
using System.Text.Json.Serialization;
using Analytics.Windowing;

namespace Analytics.Api.Entities;

/// <summary>The live windows of one currency; amounts of different currencies are never added.</summary>
internal sealed record CurrencyWindows([property: Description("ISO 4217 alphabetic code.")] string Currency, LiveWindows Windows)
{
    public static CurrencyWindows From(CurrencyMetrics metrics) => new(
        metrics.Currency,
        new(
            BucketTotalsAnswer.From(metrics.LastMinute),
            BucketTotalsAnswer.From(metrics.LastFiveMinutes),
            BucketTotalsAnswer.From(metrics.LastHour),
            BucketTotalsAnswer.From(metrics.LastDay)));
}

/// <summary>Sums of the buckets of the last 1, 5, 60 and 1440 minutes, that of <c>asOf</c> included.</summary>
internal sealed record LiveWindows(
    [property: JsonPropertyName("1m")] BucketTotalsAnswer LastMinute,
    [property: JsonPropertyName("5m")] BucketTotalsAnswer LastFiveMinutes,
    [property: JsonPropertyName("1h")] BucketTotalsAnswer LastHour,
    [property: JsonPropertyName("24h")] BucketTotalsAnswer LastDay);
