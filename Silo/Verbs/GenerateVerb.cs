using System.CommandLine;
using System.Diagnostics;
using Analytics.Silo.Traffic;
using Analytics.V1;

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
            using var signals = new StopSignals();
            Console.Out.WriteLine($"seed {options.Seed}, run id {options.RunId}");
            var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            var start = Stopwatch.GetTimestamp();
            return await TrafficRun.RunAsync(
                "generated",
                kafka,
                parsed.GetValue(rate),
                EventTime.Now,
                Generate(new(options), parsed.GetValue(rate), duration, start),
                _ => Stopwatch.GetElapsedTime(start) / duration,
                () => 0,
                signals.Token);
        });
        return command;
    }

    /// <summary>With a rate, as many as belong to the duration; without one, until it is over.</summary>
    private static IEnumerable<Transaction> Generate(TransactionGenerator generator, double perSecond, TimeSpan duration, long start)
    {
        var count = perSecond > 0 ? (long)(perSecond * duration.TotalSeconds) : long.MaxValue;
        for (long i = 0; i < count && (perSecond > 0 || Stopwatch.GetElapsedTime(start) < duration); i++)
        {
            yield return generator.Next();
        }
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
