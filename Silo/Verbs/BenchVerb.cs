using System.CommandLine;
using System.Globalization;
using Analytics.Silo.Bench;
using Analytics.Silo.Bench.Report;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Verbs;

/// <summary><c>bench</c>: the end-to-end benchmark.</summary>
internal static class BenchVerb
{
    private const int MaxPartitions = 1_024;
    private const int MaxSilos = 64;

    public static Command Create(VerbSettings settings)
    {
        var scenario = new Option<string>("--scenario")
        {
            Description = "What is done.",
            DefaultValueFactory = _ => ScenarioDefaults.NameOf(Scenario.Steady),
        };
        scenario.AcceptOnlyFromAmong([.. ScenarioDefaults.Names]);
        var rate = TrafficOptions.Rate("Transactions per second; the scenario's own when absent, 50,000 for most.", mayBeZero: false);
        var seconds = Whole("--seconds", 1, 86_400, "How long is measured.");
        var warmUp = Whole("--warm-up", 0, 3_600, "Seconds of load before that.");
        var accounts = Whole("--accounts", 1, 9_000_000, "Number of accounts.");
        var merchants = Whole("--merchants", 1, 999_999, "Number of merchants; 1,000 when absent.");
        var partitions = Whole("--partitions", 1, MaxPartitions, "Partitions of the topic. The embedded broker keeps 5 MB of each.");
        var silos = Whole("--silos", 1, MaxSilos, "Silos, each in a process of its own, 1 when absent; more need Clustering:Redis and Storage:Provider=Timescale.");
        var seed = Whole("--seed", int.MinValue, int.MaxValue, "The same seed makes the same load; another one each time when absent.");
        var reads = Whole("--reads", 0, 100_000, "Live reads per second meanwhile.");
        var backlog = Whole("--backlog", 1, 1_000_000_000, "Transactions to catch up with.");
        var computeOnly = new Option<bool>("--compute-only") { Description = "Without any store: shows what the rest costs. Nothing can be reconciled." };
        var input = new Option<string?>("--input") { Description = "The CSV file of the scenario replay." };
        var eventTime = TrafficOptions.EventTimes();
        var json = new Option<string?>("--json") { Description = "Writes the report to this file, too." };
        var command = new Command(
            "bench",
            "The end-to-end benchmark: starts a broker (unless Kafka:BootstrapServers names one) and a silo, each in a process of its own, on a store of "
            + "their own (a database of its own on the server of ConnectionStrings:Timescale, or a temporary SQLite file), measures, reconciles every "
            + "record, and takes everything away again. Exit code 1 when a record was lost or doubled or the rate was not sustained.")
        {
            scenario, rate, seconds, warmUp, accounts, merchants, partitions, silos, seed, reads, backlog, computeOnly, input, eventTime, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var kind = ScenarioDefaults.Parse(parsed.GetRequiredValue(scenario))!.Value;
            var defaults = ScenarioDefaults.Of(kind);
            var options = new BenchOptions
            {
                Scenario = kind,
                PerSecond = parsed.GetValue(rate) is > 0 and var perSecond ? perSecond : defaults.PerSecond,
                Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds) ?? defaults.Seconds),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp) ?? defaults.WarmUpSeconds),
                Accounts = parsed.GetValue(accounts) ?? defaults.Accounts,
                Merchants = parsed.GetValue(merchants) ?? 1_000,
                Partitions = parsed.GetValue(partitions) ?? defaults.Partitions,
                Silos = parsed.GetValue(silos) ?? 1,
                Seed = parsed.GetValue(seed) ?? Random.Shared.Next(),
                ReadsPerSecond = parsed.GetValue(reads) ?? defaults.ReadsPerSecond,
                Backlog = parsed.GetValue(backlog) ?? ScenarioDefaults.Backlog,
                ComputeOnly = parsed.GetValue(computeOnly),
                Input = parsed.GetValue(input),
                EventTime = parsed.GetValue(eventTime),
                JsonFile = parsed.GetValue(json),
            };
            var signals = new StopSignals();
            var report = await BenchRunner.RunAsync(options, settings.Load(), settings.Arguments, Console.Out.WriteLine, signals.Token);
            Console.Out.WriteLine();
            foreach (var line in ReportTable.Lines(report))
            {
                Console.Out.WriteLine(line);
            }

            if (options.JsonFile is { } file)
            {
                await ReportFile.WriteAsync(file, report);
            }

            return report.Passed ? 0 : 1;
        });
        return command;
    }

    private static Option<int?> Whole(string name, int min, int max, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0
                && !(int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number from {min} to {max}."));
            }
        });
        return option;
    }
}
