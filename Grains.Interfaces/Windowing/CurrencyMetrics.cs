namespace Analytics.Windowing;

/// <summary>The live windows of one currency: sums of the buckets of the last 1, 5, 60 and 1440 minutes, that of <c>asOf</c> included.</summary>
[GenerateSerializer, Immutable]
public sealed record CurrencyMetrics(
    [property: Id(0)] string Currency,
    [property: Id(1)] BucketTotals LastMinute,
    [property: Id(2)] BucketTotals LastFiveMinutes,
    [property: Id(3)] BucketTotals LastHour,
    [property: Id(4)] BucketTotals LastDay);
