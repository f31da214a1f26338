using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>A scenario whose load is made, so that nothing of that is measured.</summary>
/// <param name="Duration">How long will be measured, as far as it is known.</param>
/// <param name="WarmUp">How long load runs before.</param>
/// <param name="On">Puts it on a rig.</param>
internal sealed record PreparedScenario(TimeSpan Duration, TimeSpan WarmUp, Func<BenchRig, IScenarioRun> On);

/// <summary>Chooses what carries a scenario out.</summary>
internal static class ScenarioRuns
{
    public static PreparedScenario Prepare(BenchOptions options, string runId, Action<string> say)
    {
        switch (options.Scenario)
        {
            case Scenario.CatchUp:
                var backlog = TransactionPool.Generated(options, runId);
                return new(TimeSpan.Zero, TimeSpan.Zero, rig => new CatchUpRun(rig, options, backlog, say));
            case Scenario.Max:
                var pool = TransactionPool.Generated(options, runId);
                return new(options.Duration, options.WarmUp, rig => new MaxRun(rig, options, pool, say));
            default:
                var plan = LoadPlans.Make(options, runId);
                return new(plan.MeasuredDuration, plan.WarmUpDuration, rig => new PlannedRun(rig, options, plan, runId, say));
        }
    }
}
