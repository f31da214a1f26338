using System.ComponentModel;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;

namespace Analytics.Api.Overview;

/// <summary>The answer of <c>GET /v1/overview</c>.</summary>
internal sealed record OverviewAnswer(
    [property: Description("Accepted since the epoch began, late ones included, restarts included.")] long Accepted,
    [property: Description("Dropped because the same transactionId was accepted before.")] long Duplicates,
    [property: Description("Accepted, but too late for the live windows.")] long Late,
    [property: Description("Published to the dead-letter topic.")] long DeadLettered,
    [property: Description("Records applied per second over the last few seconds.")] double TransactionsPerSecond,
    [property: Description("The largest event time accepted so far; null when there is none.")] DateTimeOffset? StreamTime,
    LatencyAnswer LatencyMs,
    [property: Description("By number.")] IReadOnlyList<PartitionAnswer> Partitions)
{
    public static OverviewAnswer From(IReadOnlyList<PartitionStatus> statuses)
    {
        var totals = default(PartitionCounters);
        var streamTimeMicros = UnixMicros.None;
        var perSecond = 0.0;
        Span<long> histogram = stackalloc long[LatencyBuckets.Count];
        histogram.Clear();
        foreach (var status in statuses)
        {
            totals += status.Counters;
            streamTimeMicros = Math.Max(streamTimeMicros, status.StreamTimeMicros);
            perSecond += status.AppliedPerSecond;
            for (var i = 0; i < Math.Min(status.LatencyHistogram.Length, histogram.Length); i++)
            {
                histogram[i] += status.LatencyHistogram[i];
            }
        }

        return new(
            totals.Accepted,
            totals.Duplicates,
            totals.Late,
            totals.DeadLettered,
            Math.Round(perSecond, 1),
            TimeOf(streamTimeMicros),
            LatencyAnswer.From(histogram),
            [.. statuses.OrderBy(status => status.Partition).Select(PartitionAnswer.From)]);
    }

    /// <summary>Null for <see cref="UnixMicros.None"/>, also after a few seconds were taken off it.</summary>
    internal static DateTimeOffset? TimeOf(long micros) =>
        micros < UnixMicros.From(DateTimeOffset.MinValue) ? null : UnixMicros.ToDateTimeOffset(micros);
}

/// <summary>From a record's log timestamp to applied, over the last ten seconds or so, in milliseconds; null when nothing was applied.</summary>
internal sealed record LatencyAnswer(double? P50, double? P95, double? P99)
{
    public static LatencyAnswer From(ReadOnlySpan<long> histogram)
    {
        foreach (var count in histogram)
        {
            if (count != 0)
            {
                return new(Quantile(histogram, 0.50), Quantile(histogram, 0.95), Quantile(histogram, 0.99));
            }
        }

        return new(null, null, null);
    }

    private static double Quantile(ReadOnlySpan<long> histogram, double quantile) =>
        Math.Round(LatencyBuckets.QuantileMs(histogram, quantile), 1);
}

/// <summary>How far one partition has come.</summary>
internal sealed record PartitionAnswer(
    int Partition,
    [property: Description("Name of the silo that handles it; null when none does now.")] string? Silo,
    [property: Description("Last offset applied; -1 for none.")] long Offset,
    [property: Description("Last offset whose effects are durable; -1 for none.")] long Checkpoint,
    [property: Description("Records in the log that are not applied yet.")] long Lag,
    [property: Description("Largest event time seen minus 5 s; null when there is none.")] DateTimeOffset? Watermark)
{
    public static PartitionAnswer From(PartitionStatus status) => new(
        status.Partition,
        status.Silo.Length == 0 ? null : status.Silo,
        status.Offset,
        status.CheckpointOffset,
        status.LagRecords,
        OverviewAnswer.TimeOf(status.WatermarkMicros));
}
