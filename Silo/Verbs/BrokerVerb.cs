using System.CommandLine;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;

namespace Analytics.Silo.Verbs;

/// <summary><c>broker</c>: the embedded development broker in a process of its own.</summary>
internal static class BrokerVerb
{
    // Each is 5 MB of memory when full; far more than a development machine has use for.
    private const int MaxPartitions = 1_024;

    public static Command Create(VerbSettings settings)
    {
        var partitions = TrafficOptions.Count("--partitions", StreamingComposition.EmbeddedPartitions, "Partitions of the topic of transactions.", MaxPartitions);
        var command = new Command("broker", "An embedded development broker; its first line on stdout is bootstrap.servers=127.0.0.1:PORT. Runs until it is stopped by a signal.")
        {
            partitions,
        };
        command.SetAction(async (parsed, _) =>
        {
            var configuration = settings.Load();
            var kafka = KafkaSettings.Read(new(configuration));
            var signals = new StopSignals();
            if (BenchMode.Read(configuration).IsOn)
            {
                BenchMode.StopWithParent(signals.Stop);
            }

            await using var broker = StreamingComposition.StartEmbeddedBroker(kafka, parsed.GetValue(partitions));
            Console.Out.WriteLine($"bootstrap.servers={broker.BootstrapServers}");
            await Task.Delay(Timeout.InfiniteTimeSpan, signals.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        });
        return command;
    }
}
