using System.CommandLine;
using System.Diagnostics;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Silo.Traffic;
using Analytics.V1;
using Google.Protobuf.WellKnownTypes;

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
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetValue(input);
            var perSecond = parsed.GetResult(rate) is null ? (path is null ? GeneratedPerSecond : 0) : parsed.GetValue(rate);

            // The file is opened first: a wrong name should not cost a start.
            using var csv = path is null ? null : CsvSource.Open(path, parsed.GetValue(eventTime), Console.Error.WriteLine);
            var (configuration, ownFile) = settings.LoadDemo();
            if (ownFile is not null)
            {
                Ports.CheckUrls(AnalyticsSettings.Read(configuration).Urls);
                using var ours = StoreFileLock.Take(ownFile);
                DeleteDatabase(ownFile);
            }

            return await ServeRun.RunAsync(configuration, async host =>
            {
                if (ownFile is not null)
                {
                    Line(host.Logger, $"This store is new: each demo starts with an empty {VerbSettings.DemoFile}. Set Storage:Path to keep one.");
                }

                var problems = await RunAsync(host, csv, path ?? "generated traffic", perSecond, path is null ? EventTime.Now : parsed.GetValue(eventTime));
                var exitCode = await host.WaitForShutdownAsync();
                return exitCode == 0 && problems > 0 ? 1 : exitCode;
            });
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
        var options = new GeneratorOptions(Accounts: 10_000, Merchants: 1_000, Random.Shared.Next(), GeneratorOptions.NewRunId());
        if (csv is null)
        {
            Links(host, Foresee(options));
        }

        var run = producer.RunAsync(csv?.Read() ?? Generate(options), () => gate.MayBeSent, host.Stopping);
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

            Links(host, totals);
            var counters = await OverviewGate.ReadAsync(grains) - before;
            Done(host.Logger, what, counters.Accepted, counters.Late, counters.Duplicates, counters.DeadLettered, host.Addresses.First());
            return progress.Failed + (csv?.ProblemCount ?? 0);
        }
        catch (OperationCanceledException) when (host.Stopping.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static void DeleteDatabase(string path)
    {
        try
        {
            foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
            {
                // A folder that is not there yet is no fault here.
                if (File.Exists(file))
                {
                    File.Delete(file);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingException("Storage:Path", $"the last demo's file cannot be deleted: {exception.Message}", exception);
        }
    }

    private static void Links(AnalyticsHost host, TrafficTotals totals)
    {
        foreach (var link in LinksToLookAt.Of(host.Addresses.First(), totals))
        {
            Line(host.Logger, link);
        }
    }

    // The same options make the same transactions, so the first ones tell who will be busy.
    private static TrafficTotals Foresee(GeneratorOptions options)
    {
        var totals = new TrafficTotals();
        foreach (var transaction in Generate(options).Take(1_000))
        {
            transaction.OccurredAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow);
            totals.Add(transaction);
        }

        return totals;
    }

    private static IEnumerable<Transaction> Generate(GeneratorOptions options)
    {
        var generator = new TransactionGenerator(options);
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
