namespace Analytics.Benchmarks.Gate;

/// <summary>A part of the hot path that the gate watches.</summary>
/// <param name="Name">Its name in the baseline.</param>
/// <param name="PerRun">How many transactions, or reads, a run handles.</param>
/// <param name="Prepare">Before each run, not measured.</param>
/// <param name="Run">What is measured.</param>
internal sealed record GatePart(string Name, int PerRun, Action Prepare, Action Run)
{
    private const int Reads = 500;

    public static IReadOnlyList<GatePart> Of(Workload workload) =>
    [
        new("decode", Workload.Count, Nothing, () => workload.Decode()),
        new("group", Workload.Count, Nothing, () => workload.Judge()),
        new("windowUpdate", Workload.Count, workload.PrepareApply, () => workload.Apply()),
        new("writeBuffer", Workload.Count, Nothing, () => workload.Buffer()),

        // To the empty stream everything completes at once.
        new("copyRow", Workload.Count, Nothing, () => workload.CopyRowsAsync().GetAwaiter().GetResult()),
        new("liveRead", Reads, Nothing, () =>
        {
            for (var i = 0; i < Reads; i++)
            {
                workload.LiveRead();
            }
        }),
    ];

    private static void Nothing()
    {
    }
}
