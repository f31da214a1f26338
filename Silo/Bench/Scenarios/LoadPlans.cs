using Analytics.Silo.Bench.Load;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>The load of each scenario that follows a plan.</summary>
internal static class LoadPlans
{
    // As fast as accounts become active beside their first transactions, with room to spare.
    private const double MaxNewAccountsPerSecond = 15_000;

    private static readonly TimeSpan SpikeDuration = TimeSpan.FromSeconds(5);

    /// <exception cref="BenchException">The scenario's input is missing or bad.</exception>
    public static LoadPlan Make(BenchOptions options, string runId)
    {
        var (rate, warmUp, duration) = (options.PerSecond, options.WarmUp, options.Duration);
        switch (options.Scenario)
        {
            case Scenario.Hot:
                return Constant(TransactionPool.WithHotMerchant(options, runId, ScenarioDefaults.HotShare), rate, warmUp, duration);
            case Scenario.Cold:
                var known = Constant(TransactionPool.Generated(options, runId), rate, warmUp, duration);
                var unknown = TransactionPool.EachAccount(options, runId, options.Accounts, ScenarioDefaults.ColdAccounts);
                return known with { Measured = [new(unknown, new(rate, duration))] };
            case Scenario.Million:
                var everyone = TransactionPool.EachAccount(options, runId, 0, options.Accounts);
                var plan = Constant(TransactionPool.Generated(options, runId), rate, warmUp, duration);

                // What an account costs when it becomes active is for the scenario cold to say.
                return plan with { WarmUp = [new(everyone, Exactly(options.Accounts, Math.Min(rate, MaxNewAccountsPerSecond))), .. plan.WarmUp] };
            case Scenario.Spike:
                return Spike(TransactionPool.Generated(options, runId), rate, warmUp, duration);
            case Scenario.Replay:
                return Replay(options, runId);
            default:
                return Constant(TransactionPool.Generated(options, runId), rate, warmUp, duration);
        }
    }

    private static LoadPlan Constant(ILoadSource source, double rate, TimeSpan warmUp, TimeSpan duration) =>
        new(warmUp > TimeSpan.Zero ? [new(source, new(rate, warmUp))] : [], [new(source, new(rate, duration))]);

    private static LoadPlan Spike(TransactionPool pool, double rate, TimeSpan warmUp, TimeSpan duration)
    {
        var spike = SpikeDuration < duration / 3 ? SpikeDuration : duration / 3;
        var before = (duration - spike) / 2;
        return Constant(pool, rate, warmUp, duration) with
        {
            Measured =
            [
                new(pool, new(rate, before)),
                new(pool, new(rate * ScenarioDefaults.SpikeFactor, spike)),
                new(pool, new(rate, duration - spike - before)),
            ],
        };
    }

    private static LoadPlan Replay(BenchOptions options, string runId)
    {
        var file = options.Input ?? throw new BenchException("--scenario replay needs --input FILE, a CSV file as the verb replay takes.");
        if (options.EventTime == EventTime.Now)
        {
            var pool = CsvRecords.ReadAsNew(file, runId);
            return new([], [new(pool, Exactly(pool.Count, options.PerSecond))]) { MustSustain = false };
        }

        var records = CsvRecords.Read(file);
        return new([], [new(records, Exactly(records.Count, options.PerSecond))]) { TakesProbes = false, MustSustain = false };
    }

    // Half a transaction more, so that rounding cannot take one away.
    private static PaceStep Exactly(int count, double rate) => new(rate, TimeSpan.FromSeconds((count + 0.5) / rate));
}
