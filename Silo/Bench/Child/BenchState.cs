namespace Analytics.Silo.Bench.Child;

/// <summary>The answer of <c>/bench/state</c>: totals since the silo's start, so that any stretch of time is the difference of two.</summary>
internal sealed record BenchState
{
    /// <summary>Buckets of <see cref="Telemetry.LatencyTotals"/> that are not empty.</summary>
    public required int[] LatencyIndexes { get; init; }

    /// <summary>The count in each of these.</summary>
    public required long[] LatencyCounts { get; init; }

    /// <summary>From the first to the last record applied so far, in milliseconds; 0 when there is none.</summary>
    public required long AppliedWithinMs { get; init; }

    public required long Accepted { get; init; }

    public required long Duplicates { get; init; }

    public required long Late { get; init; }

    public required long DeadLettered { get; init; }

    /// <summary>Records that are durable, over all partitions.</summary>
    public required long Durable { get; init; }

    public required long AllocatedBytes { get; init; }

    public required int[] Collections { get; init; }

    public required double GcPauseMs { get; init; }

    /// <summary>The longest pause, or sum of pauses within a few milliseconds of each other.</summary>
    public required double LongestGcPauseMs { get; init; }

    public required string GcMode { get; init; }

    /// <summary>A cluster's, from those of its silos.</summary>
    /// <param name="states">One at least. What each of them tells of all partitions is taken once.</param>
    public static BenchState Sum(IReadOnlyList<BenchState> states)
    {
        if (states.Count == 1)
        {
            return states[0];
        }

        var latencies = states.SelectMany(state => state.LatencyIndexes.Zip(state.LatencyCounts))
            .GroupBy(pair => pair.First, pair => pair.Second).OrderBy(counts => counts.Key).ToList();
        return states[0] with
        {
            LatencyIndexes = [.. latencies.Select(counts => counts.Key)],
            LatencyCounts = [.. latencies.Select(counts => counts.Sum())],
            AppliedWithinMs = states.Max(state => state.AppliedWithinMs),
            AllocatedBytes = states.Sum(state => state.AllocatedBytes),
            Collections = [.. Enumerable.Range(0, states[0].Collections.Length).Select(generation => states.Sum(state => state.Collections[generation]))],
            GcPauseMs = states.Sum(state => state.GcPauseMs),
            LongestGcPauseMs = states.Max(state => state.LongestGcPauseMs),
        };
    }

    /// <summary>Records applied, those that were not accepted included.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Applied => LatencyCounts.Sum();
}
