using System.CommandLine;
using System.Globalization;
using Analytics.Silo.Redrive;

namespace Analytics.Silo.Verbs;

/// <summary><c>redrive</c>: republishes dead letters.</summary>
internal static class RedriveVerb
{
    public static Command Create(VerbSettings settings)
    {
        var reason = new Option<string?>("--reason") { Description = "Only letters of this reason; all when absent." };
        reason.AcceptOnlyFromAmong([.. RedrivePositions.KnownReasons]);
        var limit = new Option<long?>("--limit") { Description = "At most so many letters; all that are there now when absent." };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1))
            {
                result.AddError("--limit must be a whole number, at least 1.");
            }
        });
        var servers = TrafficOptions.BootstrapServers();
        var command = new Command(
            "redrive",
            "Republishes dead letters, key and value untouched, to the topic they came from. Goes on where the last run for the same reason "
            + "stopped; letters of other reasons stay for later runs. Exit code 1 when something was not acknowledged or has no topic to go to.")
        {
            reason, limit, servers,
        };
        command.SetAction(async (parsed, _) =>
        {
            var kafka = settings.LoadKafka(parsed.GetValue(servers));
            TrafficRun.AskBroker(kafka);
            var signals = new StopSignals();
            var summary = new RedriveSummary();
            try
            {
                await new Redriver(new(kafka, parsed.GetValue(reason), parsed.GetValue(limit)), TimeProvider.System).RunAsync(summary, signals.Token);
            }
            finally
            {
                foreach (var line in summary.Lines())
                {
                    Console.Out.WriteLine(line);
                }
            }

            return summary.WithoutTopic == 0 ? 0 : 1;
        });
        return command;
    }
}
