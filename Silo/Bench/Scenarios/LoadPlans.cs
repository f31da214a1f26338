using Analytics.Silo.Bench.Load;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>The load of each scenario that follows a plan.</summary>
internal static class LoadPlans
{
    public static LoadPlan Make(BenchOptions options, string runId)
    {
        var (rate, warmUp) = (options.PerSecond, options.WarmUp);
        switch (options.Scenario)
        {
            default:
                return Constant(TransactionPool.Generated(options, runId), rate, warmUp, options.Duration);
        }
    }

    private static LoadPlan Constant(ILoadSource source, double rate, TimeSpan warmUp, TimeSpan duration) =>
        new(warmUp > TimeSpan.Zero ? [new(source, new(rate, warmUp))] : [], [new(source, new(rate, duration))]);
}
