using System.Diagnostics;
using Analytics.Silo.Composition;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.WarmUp;

/// <summary>
/// Generated traffic through a silo of its own in this process, before the real one joins its cluster: it has its own embedded broker, keeps
/// nothing and is reached by nobody. What the runtime compiles meanwhile is compiled when the real one takes over its partitions; what
/// writes to the database is not. Costs its duration and about a second.
/// </summary>
internal static partial class SiloWarmUp
{
    private const double PerSecond = 20_000;
    private const int Accounts = 2_000;
    private const int Merchants = 200;
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How much longer than its duration it may take: five times what it does.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>None of the real one's: another cluster, other ports, nothing in the log.</summary>
    public static IConfiguration Settings() => new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Urls"] = "http://127.0.0.1:0",
        ["Orleans:ClusterId"] = "warm-up",
        ["Orleans:ServiceId"] = "warm-up",
        ["Orleans:SiloPort"] = $"{Ports.AnyFree()}",
        ["Orleans:GatewayPort"] = $"{Ports.AnyFree()}",
        ["Checkpoint:Interval"] = "00:00:00.250",
        ["Shutdown:Timeout"] = $"{StopTimeout:c}",
        ["Logging:LogLevel:Default"] = "None",
    }).Build();

    /// <summary>A silo that is not warm is only slow for a few seconds, so whatever goes wrong, or takes too long, is done without.</summary>
    /// <param name="settings">Those of the silo that is warmed up with.</param>
    /// <param name="duration">How long traffic runs.</param>
    /// <param name="patience">How much longer all of it may take.</param>
    /// <param name="logger">Told that it begins, and how it ended.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How many transactions its grains had told of in the end; 0 when it failed.</returns>
    /// <exception cref="StartStoppedException">It was ended early.</exception>
    public static async Task<long> RunAsync(
        IConfiguration settings, TimeSpan duration, TimeSpan patience, ILogger logger, CancellationToken stop)
    {
        LogBegin(logger, duration);
        var start = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(duration + patience);
        var run = Task.Run(() => StartSendAndStopAsync(settings, duration, limit.Token), CancellationToken.None);
        try
        {
            // What does not end although it was told to is left to itself.
            await Task.WhenAny(run, Task.Delay(Timeout.InfiniteTimeSpan, limit.Token));
            var accepted = await run.WaitAsync(StopTimeout + StopTimeout, CancellationToken.None);
            LogDone(logger, accepted, Stopwatch.GetElapsedTime(start).TotalSeconds);

            // What it has left behind is not for the first collection under load to find.
            GC.Collect();
            return accepted;
        }
        catch (Exception exception) when (stop.IsCancellationRequested)
        {
            throw exception as StartStoppedException ?? new StartStoppedException(exception);
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception);
            return 0;
        }
    }

    private static async Task<long> StartSendAndStopAsync(IConfiguration settings, TimeSpan duration, CancellationToken stop)
    {
        await using var host = await AnalyticsHost.StartForWarmUpAsync(settings, stop);
        await SendAndReadAsync(host, duration, stop);
        var counters = await OverviewGate.ReadAsync(host.Services.GetRequiredService<IGrainFactory>());
        await host.StopAsync();
        return counters.Accepted;
    }

    private static async Task SendAndReadAsync(AnalyticsHost host, TimeSpan duration, CancellationToken stop)
    {
        var generator = new TransactionGenerator(new(Accounts, Merchants, Seed: 1, GeneratorOptions.NewRunId()));
        var producer = new PacedProducer(
            new(host.BootstrapServers, host.Settings.Kafka.Topic, host.Settings.Kafka.Client, PerSecond, EventTime.Now), new());
        var sending = producer.RunAsync(new GeneratedSource(generator, PerSecond, duration).Read(), null, stop);
        using var http = new HttpClient { BaseAddress = new(host.Addresses.First()) };

        // The first of each is the one that most of the traffic is for.
        string[] paths = ["/v1/accounts/acct-0000000", "/v1/merchants/merchant-000000", "/health/ready", "/metrics"];
        try
        {
            for (var i = 0; !sending.IsCompleted; i++)
            {
                // Whatever it answers.
                using var answer = await http.GetAsync(new Uri(paths[i % paths.Length], UriKind.Relative), stop);
                await answer.Content.ReadAsByteArrayAsync(stop);
                await Task.Delay(ReadEvery, stop);
            }
        }
        finally
        {
            // It must have let go of the broker before that goes.
            await sending;
        }
    }

    [LoggerMessage(8130, LogLevel.Information, "Warms up for {Duration} before it starts: generated traffic through a silo of its own in this process")]
    private static partial void LogBegin(ILogger logger, TimeSpan duration);

    [LoggerMessage(8132, LogLevel.Information, "Warmed up with {Count} transactions in {Seconds:F1} s; starting")]
    private static partial void LogDone(ILogger logger, long count, double seconds);

    [LoggerMessage(8131, LogLevel.Warning, "The warm-up did not end as it should; the silo starts all the same, and may be slow for a few seconds.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
