using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Configuration;
using StackExchange.Redis;

namespace Analytics.Silo.Bench.Rig;

/// <summary>Everything a run needs, each part in a process of its own but for the load, which is this process. Disposing takes it all away.</summary>
internal sealed class BenchRig : IAsyncDisposable
{
    private const string WarmUpKey = "WarmUp:Duration";

    // As the chart and docker-compose.yml have it; appsettings.json must leave it open.
    private const string WarmUp = "00:00:02";

    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);

    private readonly int _siloCount;
    private readonly IReadOnlyDictionary<string, string?> _siloSettings;
    private BenchSilos? _silos;

    private BenchRig(BenchLog log, BenchStore store, int siloCount, IReadOnlyDictionary<string, string?> siloSettings)
    {
        (Log, Store, _siloCount, _siloSettings) = (log, store, siloCount, siloSettings);
        Client = new(log.BootstrapServers, log.Topic, log.Client, Linger);
    }

    public BenchLog Log { get; }

    public BenchStore Store { get; }

    public LoadClient Client { get; }

    public BenchSilos Silos => _silos ?? throw new InvalidOperationException("No silo was started.");

    public ICostMeter Generator { get; } = new ProcessMeter(Environment.ProcessId);

    /// <summary>Starts all but the silos.</summary>
    /// <param name="options">The benchmark.</param>
    /// <param name="configuration">All settings.</param>
    /// <param name="arguments">Those of the command line, which no environment passes on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BenchRig> StartAsync(
        BenchOptions options,
        IConfiguration configuration,
        IReadOnlyList<KeyValuePair<string, string?>> arguments,
        CancellationToken cancellationToken)
    {
        var store = await BenchStore.CreateAsync(configuration, options.ComputeOnly, cancellationToken);
        BenchLog log;
        try
        {
            log = await BenchLog.CreateAsync(KafkaSettings.Read(new(configuration)), options.Partitions, cancellationToken);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }

        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in arguments.Concat(store.Settings))
        {
            settings[key] = value;
        }

        settings[WarmUpKey] = configuration[WarmUpKey] ?? WarmUp;
        settings["Urls"] = "http://127.0.0.1:0";
        settings["Kafka:BootstrapServers"] = log.BootstrapServers;
        settings["Kafka:Topic"] = log.Topic;
        settings["Kafka:ConsumerGroup"] = log.Topic;
        if (options.Silos > 1)
        {
            settings["Orleans:ClusterId"] = settings["Orleans:ServiceId"] = log.Topic;
            settings["Clustering:Redis"] = configuration["Clustering:Redis"];
            settings["Orleans:AdvertisedIP"] = "127.0.0.1";
        }

        return new(log, store, options.Silos, settings);
    }

    public async Task StartSilosAsync(CancellationToken cancellationToken) =>
        _silos = await BenchSilos.StartAsync(_siloCount, _siloSettings, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_silos is not null)
        {
            await _silos.DisposeAsync();
        }

        if (_siloCount > 1)
        {
            await ForgetClusterAsync();
        }

        Client.Dispose();
        try
        {
            await Log.DisposeAsync();
        }
        finally
        {
            await Store.DisposeAsync();
        }
    }

    // The membership of a cluster stays in Redis when its silos are gone.
    private async Task ForgetClusterAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_siloSettings["Clustering:Redis"]!);
        await redis.GetDatabase().KeyDeleteAsync($"{Log.Topic}/members/{Log.Topic}");
    }
}
