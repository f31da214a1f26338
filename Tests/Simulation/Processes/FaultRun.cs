using System.Diagnostics;
using System.Globalization;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// Real processes under a load of known content, and what happens to them. The broker lives in this process: it is the one thing that never
/// dies, but it fails and stalls when told to.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    public const string Topic = "transactions";
    public const string DeadLetterTopic = Topic + ".dlq";
    public const int DeadLetterPartitions = 4;

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);

    private readonly Action<string> _log;
    private readonly LogTail _tail;
    private TransactionLoad? _load;

    private FaultRun(FaultOptions options, TestServers? servers, IStoreProbe store, string folder, Action<string> log)
    {
        (Options, Servers, Store, _log) = (options, servers, store, log);
        Broker = new((Topic, options.Partitions), (DeadLetterTopic, DeadLetterPartitions), ("alerts", 1));
        Oracle = new(options.Partitions, options.AllowedLateness);
        _tail = new(Broker.BootstrapServers, Topic, Oracle);
        var sizes = FaultSchedule.Sizes(options);
        Growth = new(folder, options.Silos, sizes[0], isPlanned: sizes.Count > 1);
        Silos = new(
            options.Silos,
            folder,
            servers?.Redis,
            [.. servers is null ? [] : store.Settings, .. SettingsOf(options, Broker)],
            place => Growth.EnvironmentOf(place.Number));
        Meter = new(Silos, store, Oracle, Growth, Clock);
    }

    public FaultOptions Options { get; }

    public TestServers? Servers { get; }

    public IStoreProbe Store { get; }

    public EmbeddedKafkaBroker Broker { get; }

    public LogOracle Oracle { get; }

    public TopicGrowth Growth { get; }

    public SiloCluster Silos { get; }

    public StallMeter Meter { get; }

    public Stopwatch Clock { get; } = Stopwatch.StartNew();

    public TransactionLoad Load => _load ?? throw new InvalidOperationException("The load has not begun.");

    public LogTail Tail => _tail;

    /// <summary>Starts servers, silos and the load.</summary>
    public static async Task<FaultRun> StartAsync(FaultOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("analytics-faults-").FullName;
        TestServers? servers = null;
        IStoreProbe? store = null;
        try
        {
            servers = options.Store == FaultStore.Timescale ? await TestServers.StartAsync(cancellationToken) : null;
            store = servers is null ? new SqliteProbe(folder) : await TimescaleProbe.CreateAsync(servers.Timescale, cancellationToken);
        }
        catch
        {
            await DisposeAllAsync(store, servers);
            throw;
        }

        var run = new FaultRun(options, servers, store, folder, log);
        try
        {
            // The first migrates the store.
            await run.Silos.StartAsync(run.Silos.Places[0], samePort: false, cancellationToken);
            await Task.WhenAll(run.Silos.Places.Skip(1).Select(p => run.Silos.StartAsync(p, samePort: false, cancellationToken)));
            run._load = new(run.Broker.BootstrapServers, Topic, run.Growth, options);

            // Every partition has got something by then.
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            await run.WaitUntilMovingAsync(StartDeadline, cancellationToken);
            run.Write("every partition moves");
            await run.WaitUntilSeenAsync(run.Growth.KnownToSilos, cancellationToken);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    public void Write(string line) => _log(string.Create(CultureInfo.InvariantCulture, $"{Clock.Elapsed.TotalSeconds,7:F2} s  {line}"));

    /// <summary>Waits until each partition that is known to all has passed what is in the log now, and gives how long that took.</summary>
    /// <exception cref="TimeoutException">One stood still.</exception>
    public Task<TimeSpan> WaitUntilMovingAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        WaitUntilMovedAsync([.. Enumerable.Range(0, Growth.KnownToAll).Select(Oracle.End)], deadline, cancellationToken);

    /// <summary>Waits until each partition has moved to the end of the log, when the load has ended, and gives how long that took.</summary>
    /// <exception cref="TimeoutException">One stood still.</exception>
    public Task<TimeSpan> WaitUntilCaughtUpAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        WaitUntilMovedAsync([.. Enumerable.Range(0, Options.Partitions).Select(p => Oracle.End(p) - 1)], deadline, cancellationToken);

    /// <summary>Ends the load, and waits until everything in the log is durable.</summary>
    /// <exception cref="TimeoutException">Something is not.</exception>
    public async Task CalmAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        await Load.StopAsync();
        var began = Clock.Elapsed;
        while (await WhatIsOpenAsync(cancellationToken) is { Count: > 0 } open)
        {
            ThrowIfLogLost();
            if (Clock.Elapsed - began > deadline)
            {
                throw new TimeoutException(
                    $"Not everything is durable {deadline.TotalSeconds:F0} s after the last fault: {string.Join("; ", open)}.\n"
                    + await Silos.TryGetAsync("/v1/overview", cancellationToken));
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    /// <summary>The broker forgot records that nobody has handled: the run, not the program, is wrong.</summary>
    public void ThrowIfLogLost()
    {
        if (_tail.Failure is { } failure)
        {
            throw new InvalidOperationException($"The log could not be read to its end; take a lower rate or more partitions. {failure.Message}", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_load is not null)
        {
            await _load.DisposeAsync();
        }

        await Meter.DisposeAsync();
        await Silos.DisposeAsync();
        await _tail.DisposeAsync();
        await Broker.DisposeAsync();
        await DisposeAllAsync(Store, Servers);
    }

    // Silos report every half a second.
    private async Task WaitUntilSeenAsync(int partitions, CancellationToken cancellationToken)
    {
        for (var began = Clock.Elapsed; ; await Task.Delay(100, cancellationToken))
        {
            var overview = await Silos.Places[0].Silo!.GetAsync("/v1/overview", cancellationToken);
            var seen = overview["partitions"]!.AsArray().Count;
            if (seen == partitions)
            {
                return;
            }

            Assert.True(
                seen < partitions && Clock.Elapsed - began < StartDeadline, $"Silos see {seen} partitions, and were to see {partitions}.");
        }
    }

    private async Task<TimeSpan> WaitUntilMovedAsync(long[] wanted, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var began = Clock.Elapsed;
        while (true)
        {
            ThrowIfLogLost();
            var behind = Enumerable.Range(0, wanted.Length).Where(p => Meter.Moved(p) < wanted[p]).ToList();
            if (behind.Count == 0)
            {
                return Clock.Elapsed - began;
            }

            if (Clock.Elapsed - began > deadline)
            {
                throw new TimeoutException($"Partitions {string.Join(", ", behind)} did not move within {deadline.TotalSeconds:F0} s.");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    private async Task<List<string>> WhatIsOpenAsync(CancellationToken cancellationToken)
    {
        List<string> open = [];
        var checkpoints = await Store.ReadCheckpointsAsync(cancellationToken);
        for (var p = 0; p < Options.Partitions; p++)
        {
            var (first, next) = await Task.Run(() => _tail.Bounds(p), cancellationToken);
            var (seen, stored) = (Oracle.End(p), checkpoints.GetValueOrDefault(p, -1));
            if (seen < next || stored < next - 1)
            {
                open.Add($"partition {p} has {first} to {next}, seen to {seen}, checkpoint {stored}");
            }
        }

        return open;
    }

    private static async ValueTask DisposeAllAsync(IStoreProbe? store, TestServers? servers)
    {
        if (store is not null)
        {
            await store.DisposeAsync();
        }

        if (servers is not null)
        {
            await servers.DisposeAsync();
        }
    }

    private static string[] SettingsOf(FaultOptions options, EmbeddedKafkaBroker broker) =>
    [
        $"--Kafka:BootstrapServers={broker.BootstrapServers}",
        $"--Checkpoint:Interval={options.CheckpointInterval:hh\\:mm\\:ss\\.fff}",
        $"--Windows:AllowedLateness={options.AllowedLateness:hh\\:mm\\:ss}",
        $"--Kafka:PartitionRefreshInterval={options.PartitionRefreshInterval:hh\\:mm\\:ss\\.fff}",
    ];
}
