using System.CommandLine;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Verbs;

/// <summary><c>replay</c>: a CSV file to Kafka.</summary>
internal static class ReplayVerb
{
    public static Command Create(VerbSettings settings)
    {
        var file = new Argument<string>("FILE") { Description = "CSV whose first line is " + CsvTransactions.Header + "." };
        var rate = TrafficOptions.Rate("Transactions per second; as fast as possible when absent or 0.");
        var eventTime = TrafficOptions.EventTimes();
        var servers = TrafficOptions.BootstrapServers();
        var command = new Command("replay", "Produces a CSV file to Kafka, in the file's order. Exit code 1 when a row was bad or not acknowledged.")
        {
            file, rate, eventTime, servers,
        };
        command.SetAction(async (parsed, _) =>
        {
            var kafka = settings.LoadKafka(parsed.GetValue(servers));
            var signals = new StopSignals();
            using var csv = CsvSource.Open(parsed.GetRequiredValue(file), parsed.GetValue(eventTime), Console.Error.WriteLine);
            return await TrafficRun.RunAsync(
                Path.GetFileName(parsed.GetRequiredValue(file)),
                kafka,
                parsed.GetValue(rate),
                parsed.GetValue(eventTime),
                csv.Read(),
                _ => csv.Fraction,
                () => csv.ProblemCount,
                signals.Token);
        });
        return command;
    }
}
