using System.CommandLine;
using System.Diagnostics;
using Analytics.Silo.Composition;
using Analytics.Silo.Traffic;
using Analytics.V1;

namespace Analytics.Silo.Verbs;

/// <summary><c>demo</c>: serve, plus a file or generated traffic.</summary>
internal static partial class DemoVerb
{
    private const double GeneratedPerSecond = 1_000;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);

    public static Command Create(VerbSettings settings)
    {
        var input = new Option<string?>("--input") { Description = "CSV to replay; generated traffic when absent." };
        var rate = TrafficOptions.Rate("Transactions per second; when absent, a file goes as fast as it is processed and 1,000 are generated.");
        var eventTime = TrafficOptions.EventTimes();
        var command = new Command("demo", "serve, plus a replay of a file or generated traffic, until it is stopped.") { input, rate, eventTime };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(input);
            var perSecond = parsed.GetResult(rate) is null ? (path is null ? GeneratedPerSecond : 0) : parsed.GetValue(rate);

            // The file is opened first: a wrong name should not cost a start.
            using var csv = path is null ? null : CsvSource.Open(path, parsed.GetValue(eventTime), Console.Error.WriteLine);
            await using var host = await AnalyticsHost.StartAsync(settings.Load(), cancellationToken);
            var problems = await RunAsync(host, csv, path ?? "generated traffic", perSecond, path is null ? EventTime.Now : parsed.GetValue(eventTime));
            var exitCode = await host.WaitForShutdownAsync();
            return exitCode == 0 && problems > 0 ? 1 : exitCode;
        });
        return command;
    }

    private static async Task<long> RunAsync(AnalyticsHost host, CsvSource? csv, string what, double perSecond, EventTime eventTime)
    {
        var progress = new TrafficProgress();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var before = await OverviewGate.ReadAsync(grains);
        await using var gate = await OverviewGate.OpenAsync(grains);
        var producer = new PacedProducer(
            new(host.BootstrapServers, host.Settings.Kafka.Topic, host.Settings.Kafka.Client, perSecond, eventTime), progress);
        var start = Stopwatch.GetTimestamp();
        Sending(host.Logger, what);
        var run = producer.RunAsync(csv?.Read() ?? Generate(), () => gate.MayBeSent, host.Stopping);
        try
        {
            var totals = csv is null ? await run : await ProgressDisplay.LinesAsync(
                Path.GetFileName(what), run, progress, () => csv.Fraction, line => Line(host.Logger, line), ReportEvery);
            if (host.Stopping.IsCancellationRequested)
            {
                return 0;
            }

            await gate.WaitForAsync(progress.Acknowledged, host.Stopping);
            foreach (var line in TrafficReport.Lines(progress, totals, csv?.ProblemCount ?? 0, Stopwatch.GetElapsedTime(start)))
            {
                Line(host.Logger, line);
            }

            var counters = await OverviewGate.ReadAsync(grains) - before;
            Done(host.Logger, what, counters.Accepted, counters.Late, counters.Duplicates, counters.DeadLettered, host.Addresses.First());
            return progress.Failed + (csv?.ProblemCount ?? 0);
        }
        catch (OperationCanceledException) when (host.Stopping.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static IEnumerable<Transaction> Generate()
    {
        var generator = new TransactionGenerator(new(Accounts: 10_000, Merchants: 1_000, Random.Shared.Next(), GeneratorOptions.NewRunId()));
        while (true)
        {
            yield return generator.Next();
        }
    }

    [LoggerMessage(8110, LogLevel.Information, "Sending {What}")]
    private static partial void Sending(ILogger logger, string what);

    [LoggerMessage(8111, LogLevel.Information, "{Text}")]
    private static partial void Line(ILogger logger, string text);

    [LoggerMessage(8112, LogLevel.Information,
        "All of {What} is processed: {Accepted} accepted ({Late} of them late), {Duplicates} duplicates, {DeadLettered} dead letters. Look at {Address}, stop with Ctrl-C.")]
    private static partial void Done(
        ILogger logger, string what, long accepted, long late, long duplicates, long deadLettered, string address);
}
