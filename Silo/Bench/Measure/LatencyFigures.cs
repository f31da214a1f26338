namespace Analytics.Silo.Bench.Measure;

/// <summary>A distribution, in milliseconds.</summary>
internal sealed record LatencyFigures
{
    public required double P50 { get; init; }

    public required double P95 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    public required double Max { get; init; }

    public required long Count { get; init; }
}
