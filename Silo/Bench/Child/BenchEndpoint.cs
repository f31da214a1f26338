using Analytics.Overview;
using Analytics.Telemetry;

namespace Analytics.Silo.Bench.Child;

/// <summary><c>/bench/state</c>, only in a silo that a benchmark started.</summary>
internal static class BenchEndpoint
{
    public const string Path = "/bench/state";

    public static void MapBench(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path, GetAsync).ExcludeFromDescription();

    private static async Task<IResult> GetAsync(IGrainFactory grains, LatencyTotals latencies, GcPauses pauses)
    {
        var statuses = await grains.GetGrain<IOverviewGrain>(0).GetAsync();
        var counts = latencies.Snapshot();
        var indexes = Enumerable.Range(0, counts.Length).Where(i => counts[i] != 0).ToArray();
        return TypedResults.Json(new BenchState
        {
            LatencyIndexes = indexes,
            LatencyCounts = [.. indexes.Select(i => counts[i])],
            AppliedWithinMs = latencies.LastAtMs - latencies.FirstAtMs,
            Accepted = statuses.Sum(status => status.Counters.Accepted),
            Duplicates = statuses.Sum(status => status.Counters.Duplicates),
            Late = statuses.Sum(status => status.Counters.Late),
            DeadLettered = statuses.Sum(status => status.Counters.DeadLettered),
            Durable = statuses.Sum(status => status.CheckpointOffset + 1),
            AllocatedBytes = GC.GetTotalAllocatedBytes(),
            Collections = [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)],
            GcPauseMs = GC.GetTotalPauseDuration().TotalMilliseconds,
            LongestGcPauseMs = pauses.TakeLongest().TotalMilliseconds,
            GcMode = System.Runtime.GCSettings.IsServerGC ? "server" : "workstation",
        });
    }
}
