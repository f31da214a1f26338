using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Measure;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Bench.Rig;
using Analytics.Silo.Bench.Scenarios;
using Analytics.Silo.Configuration;

namespace Analytics.Silo.Bench;

/// <summary>Carries out a benchmark from start to report.</summary>
internal static class BenchRunner
{
    /// <param name="options">The benchmark.</param>
    /// <param name="configuration">All settings.</param>
    /// <param name="arguments">Those of the command line.</param>
    /// <param name="say">Told how it goes.</param>
    /// <param name="cancellationToken">Ends it early, with everything it started.</param>
    /// <exception cref="BenchException">It could not be carried out.</exception>
    /// <exception cref="SettingException">What several silos need is missing.</exception>
    public static async Task<BenchReport> RunAsync(
        BenchOptions options,
        IConfiguration configuration,
        IReadOnlyList<KeyValuePair<string, string?>> arguments,
        Action<string> say,
        CancellationToken cancellationToken)
    {
        if (options.Silos > 1)
        {
            CheckCluster(options, configuration);
        }

        var startedAt = DateTimeOffset.UtcNow;
        var runId = TransactionPool.NewRunId();
        say($"{ScenarioDefaults.NameOf(options.Scenario)}: seed {options.Seed}, preparing the load");
        var prepared = ScenarioRuns.Prepare(options, runId, say);
        await using var rig = await BenchRig.StartAsync(options, configuration, arguments, cancellationToken);
        var report = new BenchReport
        {
            Scenario = ScenarioDefaults.NameOf(options.Scenario),
            Seed = options.Seed,
            StartedAt = startedAt,
            Machine = Machine.This(),
            Store = rig.Store.Name,
            Broker = rig.Log.Broker is null ? "configured Kafka" : "embedded, own process",
            TargetPerSecond = options.PerSecond,
            Seconds = Math.Round(prepared.Duration.TotalSeconds, 1),
            WarmUpSeconds = Math.Round(prepared.WarmUp.TotalSeconds, 1),
            Accounts = options.Accounts,
            Merchants = options.Merchants,
            Partitions = options.Partitions,
            Silos = options.Silos,
            Lost = 0,
            Doubled = 0,
            Totals = new(0, 0, 0, 0, 0, 0, null, null, null, null),
        };
        report = await prepared.On(rig).RunAsync(report, cancellationToken);
        say("waiting until everything is durable");
        var last = await Verification.StoreAllAsync(rig, cancellationToken);
        await rig.Silos.StopAsync();
        say("reconciling");
        var totals = await Verification.CountAsync(rig, last, cancellationToken);
        return report with
        {
            Totals = totals,
            Lost = totals.Lost,
            Doubled = totals.Doubled,
            Problems = [.. report.Problems, .. totals.Problems(), .. rig.Client.Problem is { } problem ? [$"The generator's client: {problem}"] : Array.Empty<string>()],
        };
    }

    private static void CheckCluster(BenchOptions options, IConfiguration configuration)
    {
        const string Needs = "several silos need Clustering:Redis, where they find each other, and Storage:Provider=Timescale, because an SQLite file belongs to one of them.";
        if (string.IsNullOrEmpty(configuration["Clustering:Redis"]))
        {
            throw new SettingException("Clustering:Redis", $"is missing; {Needs}");
        }

        if (StorageSettings.Read(new(configuration)).Provider != StorageProvider.Timescale)
        {
            throw new SettingException("Storage:Provider", $"is {nameof(StorageProvider.Sqlite)}; {Needs}");
        }

        if (options.ComputeOnly || options.Scenario == Scenario.CatchUp)
        {
            // A partition that moves goes on from its checkpoint, which is kept nowhere without a store; and what is applied while silos still
            // come and partitions move tells nothing of either.
            throw new BenchException("--compute-only and --scenario catch-up are for one silo.");
        }

        if (options.Partitions < options.Silos)
        {
            throw new BenchException($"{options.Silos} silos need as many --partitions at least, and there are {options.Partitions}.");
        }
    }
}
