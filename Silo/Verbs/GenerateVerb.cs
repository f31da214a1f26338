using System.CommandLine;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Verbs;

/// <summary><c>generate</c>: synthetic load to Kafka.</summary>
internal static class GenerateVerb
{
    public static Command Create(VerbSettings settings)
    {
        var rate = TrafficOptions.Rate("Transactions per second; as fast as possible when absent or 0.");
        var seconds = TrafficOptions.Count("--seconds", 60, "How long.");
        var accounts = TrafficOptions.Count("--accounts", 10_000, "Number of accounts.");
        var merchants = TrafficOptions.Count("--merchants", 1_000, "Number of merchants.");
        var seed = new Option<int?>("--seed") { Description = "The same seed makes the same transactions but for times and transaction ids." };
        var runId = RunId();
        var servers = TrafficOptions.BootstrapServers();
        var command = new Command("generate", "Produces synthetic transactions to Kafka, event time now.")
        {
            rate, seconds, accounts, merchants, seed, runId, servers,
        };
        command.SetAction(async (parsed, _) =>
        {
            var kafka = settings.LoadKafka(parsed.GetValue(servers));
            var options = new GeneratorOptions(
                parsed.GetValue(accounts),
                parsed.GetValue(merchants),
                parsed.GetValue(seed) ?? Random.Shared.Next(),
                parsed.GetValue(runId) ?? GeneratorOptions.NewRunId());
            var signals = new StopSignals();
            Console.Out.WriteLine($"seed {options.Seed}, run id {options.RunId}");
            var run = new GeneratedSource(new(options), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            return await TrafficRun.RunAsync(
                "generated",
                kafka,
                parsed.GetValue(rate),
                EventTime.Now,
                run.Read(),
                _ => run.Fraction,
                () => 0,
                signals.Token);
        });
        return command;
    }

    private static Option<string?> RunId()
    {
        var option = new Option<string?>("--run-id") { Description = "What transaction ids begin with, at most 32 characters; new for each run when absent." };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { Length: > GeneratorOptions.MaxRunIdLength })
            {
                result.AddError($"--run-id has more than {GeneratorOptions.MaxRunIdLength} characters.");
            }
        });
        return option;
    }
}
