using System.Net.Sockets;
using System.Security.Cryptography;
using Analytics.Api;
using Analytics.Persistence;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Configuration;
using Analytics.Silo.Health;
using Analytics.Silo.WarmUp;
using Analytics.Storage;
using Confluent.Kafka;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orleans.Dashboard;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Silo.Composition;

/// <summary>Silo and API in one process, with the embedded broker when no other is configured.</summary>
internal sealed class AnalyticsHost : IAsyncDisposable
{
    /// <summary>Exit code of a silo that was fenced, or found another owner's checkpoint: a supervisor starts a new one.</summary>
    public const int LeftInError = 3;

    private readonly WebApplication _app;
    private readonly EmbeddedKafkaBroker? _broker;
    private readonly IDisposable? _storeLock;
    private readonly SourceEpoch _epoch = new();
    private readonly CancellationToken _stop;
    private readonly bool _isWarmUp;
    private volatile bool _hasStarted;

    private AnalyticsHost(
        AnalyticsSettings settings, IConfiguration configuration, BenchMode bench, IDisposable? storeLock, bool isWarmUp, CancellationToken stop)
    {
        _isWarmUp = isWarmUp;
        Settings = settings;
        _stop = stop;
        _storeLock = storeLock;
        Ports.CheckUrls(settings.Urls);
        var ports = Ports.ChooseOrleans(settings.Orleans);
        _broker = settings.Kafka.BootstrapServers is null
            ? StreamingComposition.StartEmbeddedBroker(settings.Kafka, StreamingComposition.EmbeddedPartitions)
            : null;
        BootstrapServers = settings.Kafka.BootstrapServers ?? _broker!.BootstrapServers;
        _app = Build(configuration, ports, bench);
        Logger = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Analytics.Start");
        if (!isWarmUp)
        {
            var deadline = new ShutdownDeadline(TimeProvider.System, Environment.Exit, Logger);
            _app.Lifetime.ApplicationStopping.Register(() => deadline.Start(settings.ShutdownTimeout));
        }
    }

    public AnalyticsSettings Settings { get; }

    /// <summary>The broker in use, embedded or not.</summary>
    public string BootstrapServers { get; }

    public IServiceProvider Services => _app.Services;

    public ILogger Logger { get; }

    /// <summary>The addresses that are listened on, with their real ports.</summary>
    public IReadOnlyCollection<string> Addresses =>
        [.. _app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>Signalled when the process is asked to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Starts everything, after a warm-up if there is to be one, and writes the start page into the log.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="stop">Asks to stop, during the start and ever after.</param>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    /// <exception cref="ServerAwayException">What a setting names does not answer, or no longer.</exception>
    /// <exception cref="StartStoppedException">It was asked to stop before everything had started.</exception>
    public static async Task<AnalyticsHost> StartAsync(IConfiguration configuration, CancellationToken stop)
    {
        var settings = AnalyticsSettings.Read(configuration);
        var warmUp = settings.WarmUp;
        if (warmUp > TimeSpan.Zero)
        {
            // Again when the host is made; but who has mistyped a port need not wait for that.
            Ports.CheckUrls(settings.Urls);
            // The host has its own logging, and does not exist yet.
            using var logging = LoggerFactory.Create(builder => builder.AddConfiguration(configuration.GetSection("Logging")).AddOneLineConsole());
            await SiloWarmUp.RunAsync(SiloWarmUp.Settings(), warmUp, SiloWarmUp.Patience, logging.CreateLogger("Analytics.Start"), stop);
        }

        return await StartAsync(configuration, isWarmUp: false, stop);
    }

    /// <summary>Starts one that keeps nothing, tells no collector, and may be stopped and followed by another.</summary>
    /// <param name="configuration">The settings, with an embedded broker.</param>
    /// <param name="stop">Asks to stop.</param>
    public static Task<AnalyticsHost> StartForWarmUpAsync(IConfiguration configuration, CancellationToken stop) =>
        StartAsync(configuration, isWarmUp: true, stop);

    private static async Task<AnalyticsHost> StartAsync(IConfiguration configuration, bool isWarmUp, CancellationToken stop)
    {
        var host = Create(configuration, isWarmUp, stop);
        try
        {
            await host.PrepareAsync(stop);
            await host.ListenAsync(stop);
            if (!isWarmUp)
            {
                await StartPage.WriteAsync(host, host._epoch.Value, stop);
            }

            host._hasStarted = true;
            return host;
        }
        catch (Exception exception) when (stop.IsCancellationRequested && exception is not SettingException)
        {
            // What has started leaves as it should, so that other silos need not find out; a silo that is half-way refuses to, and only ends.
            // Whatever else went wrong came of the stop.
            await host.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.DisposeAsync();
            throw new StartStoppedException(exception);
        }
        catch
        {
            if (isWarmUp)
            {
                // The process goes on, so nothing of it may.
                await host.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the process was asked to stop and everything has stopped, or the silo had to leave its cluster.</summary>
    /// <returns>The exit code: 0, or <see cref="LeftInError"/>.</returns>
    public async Task<int> WaitForShutdownAsync()
    {
        await _app.WaitForShutdownAsync(CancellationToken.None);
        return Services.GetRequiredService<ISiloLease>().IsLost ? LeftInError : 0;
    }

    /// <summary>Stops everything gracefully, within Shutdown:Timeout.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _storeLock?.Dispose();
    }

    // From the stop of a start on, parts report that they could not start, each in its own way.
    private bool IsStartStopped => _stop.IsCancellationRequested && !_hasStarted;

    private static AnalyticsHost Create(IConfiguration configuration, bool isWarmUp, CancellationToken stop)
    {
        var settings = AnalyticsSettings.Read(configuration);
        var bench = isWarmUp ? new BenchMode(IsOn: false, KeepsNothing: true) : BenchMode.Read(configuration);
        var storeLock = settings.Storage.Provider == StorageProvider.Sqlite && !bench.KeepsNothing ? StoreFileLock.Take(settings.Storage.Path) : null;
        try
        {
            return new(settings, configuration, bench, storeLock, isWarmUp, stop);
        }
        catch
        {
            storeLock?.Dispose();
            throw;
        }
    }

    private WebApplication Build(IConfiguration configuration, (int Silo, int Gateway) ports, BenchMode bench)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.AddOneLineConsole().AddQuiet(() => IsStartStopped);
        builder.Services.AddSingleton<IHostLifetime>(services => new TokenLifetime(_stop, services.GetRequiredService<IHostApplicationLifetime>()));
        builder.WebHost
            .UseUrls([.. Settings.Urls.Select(url => url.ForKestrel)])
            .ConfigureKestrel(kestrel => kestrel.AddServerHeader = false)

            // A request that goes on where its bytes arrived does not wait behind the batches of the partitions, two times on its way in and
            // once on its way out. No endpoint blocks its thread.
            .UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        if (Settings.Urls.Any(url => url.Scheme == "https"))
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Settings.ShutdownTimeout);
        if (!bench.KeepsNothing)
        {
            builder.Services.AddStorage(Settings.Storage);
        }

        builder.Services.AddBench(bench).AddTelemetry(exports: !_isWarmUp).AddAnalyticsApi().AddAnalyticsHealth();
        builder.UseOrleans(silo => silo
            .AddClustering(Settings.Orleans, ports)
            .AddGrainStorage(Settings.Storage)
            .AddAnalytics(Settings, BootstrapServers, _epoch)
            .AddAnalyticsDashboard(Settings.ProfileCalls));
        var app = builder.Build();
        app.UseAnalyticsProblems();
        app.UseHeadAsGet();

        // Without this the routes would be chosen before HEAD has become GET.
        app.UseRouting();
        app.MapAnalyticsApi();
        app.MapAnalyticsHealth();
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapOrleansDashboard("/dashboard");
        app.MapBench(bench);
        return app;
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (Settings.Orleans.ClusteringRedis is { } redis)
        {
            await ReadyProbes.WaitAsync(
                "Clustering:Redis", "Redis", ClusteringComposition.IsRedisAway, _ => ClusteringComposition.PingAsync(redis), Logger, cancellationToken);
        }

        if (_broker is null)
        {
            await ReadyProbes.WaitAsync(
                "Kafka:BootstrapServers",
                $"Kafka at {BootstrapServers}",
                e => e is KafkaException,
                token => Task.Run(() => ReadyProbes.AskKafka(BootstrapServers, Settings.Kafka.Client, TimeSpan.FromSeconds(5)), token),
                Logger,
                cancellationToken);
        }

        var store = Services.GetRequiredService<IAnalyticsStore>();
        await ReadyProbes.WaitForStoreAsync(
            Settings.Storage,
            async token =>
            {
                if (Settings.Storage.Migrate)
                {
                    await store.MigrateAsync(token);
                }

                _epoch.Choose(await store.ReadCheckpointsAsync(token), Settings.Kafka);
            },
            Logger,
            cancellationToken);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.GetBaseException() is SocketException)
        {
            throw new SettingException("Urls", exception.Message, exception);
        }
        catch (Exception exception) when (Settings.Urls.Any(url => url.Scheme == "https") && IsAboutCertificate(exception))
        {
            // The silo runs already; taking its services away without a stop fills the log with what it then misses.
            await StopAsync();
            throw new SettingException(
                "Urls",
                "https needs a certificate that can be read: set Kestrel:Certificates:Default:Path and Kestrel:Certificates:Default:Password, or use http.",
                exception);
        }
        catch (Exception exception) when (StartProblem(exception) is { } problem)
        {
            throw problem;
        }
    }

    // What Orleans, the streams and the store ran into while they started, however they wrapped it.
    private Exception? StartProblem(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            var reason = ReadyProbes.OneLine(cause.Message);
            switch (cause)
            {
                case ServerAwayException known:
                    return known;
                case StoreUnavailableException:
                    return new ServerAwayException(Settings.Storage.AddressKey, $"the store went away during the start: {reason}", exception);
                case KafkaException { Error.IsBrokerError: true }:
                    return new SettingException("Kafka:Topic", $"topic {Settings.Kafka.Topic} cannot be read: {reason}", exception);
                case KafkaException:
                    return new ServerAwayException("Kafka:BootstrapServers", $"Kafka went away during the start: {reason}", exception);
            }

            if (Settings.Orleans.ClusteringRedis is not null && ClusteringComposition.IsRedisAway(cause))
            {
                return new ServerAwayException("Clustering:Redis", $"Redis went away during the start: {reason}", exception);
            }
        }

        return null;
    }

    private static bool IsAboutCertificate(Exception exception) =>
        exception is CryptographicException or FileNotFoundException or DirectoryNotFoundException
        || (exception is InvalidOperationException && exception.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase));
}
