using System.Diagnostics;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Silo.Traffic;
using Analytics.V1;
using Confluent.Kafka;

namespace Analytics.Silo.Verbs;

/// <summary>A run of <c>replay</c> or <c>generate</c> against a broker elsewhere.</summary>
internal static class TrafficRun
{
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(5);

    /// <returns>The exit code: 1 when anything was not acknowledged or a row was bad.</returns>
    /// <exception cref="SettingException">No broker answers.</exception>
    public static async Task<int> RunAsync(
        string what,
        KafkaSettings kafka,
        double perSecond,
        EventTime eventTime,
        IEnumerable<Transaction> source,
        Func<TrafficProgress, double> fraction,
        Func<long> problems,
        CancellationToken cancellationToken)
    {
        AskBroker(kafka);
        var progress = new TrafficProgress();
        var producer = new PacedProducer(new(kafka.BootstrapServers!, kafka.Topic, kafka.Client, perSecond, eventTime), progress);
        var start = Stopwatch.GetTimestamp();
        var run = producer.RunAsync(source, mayBeAhead: null, cancellationToken);
        var totals = await ProgressDisplay.ShowAsync(what, run, progress, () => fraction(progress));
        foreach (var line in TrafficReport.Lines(progress, totals, problems(), Stopwatch.GetElapsedTime(start)))
        {
            Console.Out.WriteLine(line);
        }

        return progress.Acknowledged == progress.Sent && problems() == 0 && !cancellationToken.IsCancellationRequested ? 0 : 1;
    }

    /// <exception cref="SettingException">No broker answers.</exception>
    public static void AskBroker(KafkaSettings kafka)
    {
        try
        {
            ReadyProbes.AskKafka(kafka.BootstrapServers!, kafka.Client, FirstAnswer);
        }
        catch (KafkaException exception)
        {
            throw new SettingException(
                "Kafka:BootstrapServers", $"no broker answers at {kafka.BootstrapServers} ({exception.Error.Reason}).", exception);
        }
    }
}
