using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Configuration;

namespace Analytics.Silo.Bench.Rig;

/// <summary>Everything a run needs, each part in a process of its own but for the load, which is this process. Disposing takes it all away.</summary>
internal sealed class BenchRig : IAsyncDisposable
{
    private const string WarmUpKey = "WarmUp:Duration";

    // As the chart and docker-compose.yml have it; appsettings.json must leave it open.
    private const string WarmUp = "00:00:02";

    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);

    private readonly IReadOnlyDictionary<string, string?> _siloSettings;
    private BenchSilo? _silo;

    private BenchRig(BenchLog log, BenchStore store, IReadOnlyDictionary<string, string?> siloSettings)
    {
        (Log, Store, _siloSettings) = (log, store, siloSettings);
        Client = new(log.BootstrapServers, log.Topic, log.Client, Linger);
    }

    public BenchLog Log { get; }

    public BenchStore Store { get; }

    public LoadClient Client { get; }

    public BenchSilo Silo => _silo ?? throw new InvalidOperationException("The silo was not started.");

    public ICostMeter Generator { get; } = new ProcessMeter(Environment.ProcessId);

    /// <summary>Starts all but the silo.</summary>
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
        return new(log, store, settings);
    }

    public async Task StartSiloAsync(CancellationToken cancellationToken) => _silo = await BenchSilo.StartAsync(_siloSettings, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null)
        {
            await _silo.DisposeAsync();
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
}
