using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Analytics.Accounts;
using Analytics.Hosting;
using Analytics.Ingest;
using Analytics.Merchants;
using Analytics.Overview;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Analytics.Transactions;
using Confluent.Kafka;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Grains;

/// <summary>A silo of the real grains in this process: embedded broker, SQLite, no HTTP.</summary>
internal sealed class AnalyticsSilo : IAsyncDisposable
{
    public const string Topic = "transactions";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly IHost _host;
    private readonly string _folder;
    private readonly EmbeddedKafkaBroker _broker;

    private readonly int _port;
    private readonly string _cluster;
    private bool _ended;

    private AnalyticsSilo(IHost host, string folder, EmbeddedKafkaBroker broker, FaultyStore store, int port, string cluster)
    {
        _port = port;
        _cluster = cluster;
        _host = host;
        _folder = folder;
        _broker = broker;
        Store = store;
    }

    public FaultyStore Store { get; }

    /// <summary>Signalled when the silo stops by itself.</summary>
    public CancellationToken Stopping => _host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public bool IsLost => _host.Services.GetRequiredService<ISiloLease>().IsLost;

    /// <summary>As the silo names itself to the store.</summary>
    public string Address => _host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();

    /// <summary>What the silo's own parts share.</summary>
    public T Service<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>How many silos this one would place a grain on; it learns of a new one some time after its membership does.</summary>
    public int PlaceableSilos => Math.Min(
        _host.Services.GetRequiredService<IClusterManifestProvider>().Current.Silos.Count,
        _host.Services.GetRequiredService<ISiloStatusOracle>().GetApproximateSiloStatuses(onlyActive: true).Count);

    public IKafkaStreamControl Kafka => _host.Services.GetRequiredKeyedService<IKafkaStreamControl>(AnalyticsStreams.Provider);

    public IAccountGrain Account(string id) => Grains.GetGrain<IAccountGrain>(id);

    public IMerchantGrain Merchant(string id) => Grains.GetGrain<IMerchantGrain>(id);

    /// <param name="broker">Where the topic is.</param>
    /// <param name="folder">The database's; silos of one cluster share it.</param>
    /// <param name="configure">Changes the settings.</param>
    /// <param name="primary">The silo whose cluster is joined, which must outlive the others; null makes a cluster.</param>
    public static async Task<AnalyticsSilo> StartAsync(
        EmbeddedKafkaBroker broker, string folder, Action<AnalyticsOptions>? configure = null, AnalyticsSilo? primary = null,
        Action<ISiloBuilder>? more = null)
    {
        var port = FreePort();
        var cluster = primary?._cluster ?? Guid.NewGuid().ToString("N");
        var sqlite = new SqliteStore(Path.Combine(folder, "analytics.db"), TimeSpan.FromSeconds(20));
        await sqlite.MigrateAsync(CancellationToken.None);
        var store = new FaultyStore(sqlite);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("STREAM_TEST_LOG") is { Length: > 0 } level)
        {
            builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat) = (true, $"HH:mm:ss.fff {port} "))
                .SetMinimumLevel(Enum.Parse<LogLevel>(level));
        }

        builder.Services.AddSingleton<IAnalyticsStore>(store);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(
                port, FreePort(), primary is null ? null : new IPEndPoint(IPAddress.Loopback, primary._port), "tests", cluster);
            silo.Configure<SiloOptions>(o => o.SiloName = $"silo {port}");
            silo.Configure<ClusterMembershipOptions>(o =>
            {
                o.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                o.NumMissedProbesLimit = 3;
                o.NumVotesForDeathDeclaration = 1;
                o.TableRefreshTimeout = TimeSpan.FromSeconds(1);
            });
            silo.AddKafkaStreams<IngestedRecord, TransactionDecoder>(AnalyticsStreams.Provider, o =>
            {
                o.BootstrapServers = broker.BootstrapServers;
                o.Topic = Topic;
                o.StreamNamespace = AnalyticsStreams.TransactionsNamespace;
                o.ConsumerGroup = "tests";
                o.CommitMode = KafkaCommitMode.Explicit;
                o.MaxBatchRecords = 50;
            });
            silo.AddAnalyticsGrains(o =>
            {
                o.CheckpointInterval = TimeSpan.FromMilliseconds(100);
                configure?.Invoke(o);
            });
            more?.Invoke(silo);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(host, folder, broker, store, port, cluster);
    }

    /// <summary>Writes to the topic as any producer would; the key decides the partition.</summary>
    public static void Produce(EmbeddedKafkaBroker broker, IEnumerable<CardTransaction> transactions)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            LingerMs = 2,
            EnableIdempotence = true,
            Partitioner = Partitioner.Murmur2Random,
        }).Build();
        foreach (var transaction in transactions)
        {
            producer.Produce(
                Topic, new() { Key = Encoding.UTF8.GetBytes(transaction.AccountId), Value = transaction.ToMessage().ToByteArray() });
        }

        producer.Flush(TimeSpan.FromSeconds(10));
    }

    public async Task<PartitionCounters> CountersAsync()
    {
        var statuses = await Grains.GetGrain<IOverviewGrain>(0).GetAsync();
        return statuses.Aggregate(default(PartitionCounters), (sum, status) => sum + status.Counters);
    }

    public Task WaitForAcceptedAsync(long count) => WaitUntilAsync(async () => (await CountersAsync()).Accepted >= count);

    /// <summary>Waits until a partition has applied an offset, whatever became of the records up to there.</summary>
    public Task WaitForOffsetAsync(int partition, long offset) => WaitUntilAsync(async () =>
        (await Grains.GetGrain<IOverviewGrain>(0).GetAsync()).Any(s => s.Partition == partition && s.Offset >= offset));

    /// <summary>Waits until everything applied is durable.</summary>
    public Task WaitForCheckpointsAsync() => WaitUntilAsync(async () =>
        (await Grains.GetGrain<IOverviewGrain>(0).GetAsync()).All(s => s.CheckpointOffset == s.Offset && s.LagRecords == 0));

    public static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < Deadline, $"Not reached within {Deadline}.");
            await Task.Delay(20);
        }
    }

    /// <summary>The sum of a column over a table of the database.</summary>
    public long Sql(string query)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(_folder, "analytics.db")};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = query;
        return (long)command.ExecuteScalar()!;
    }

    public Task StopAsync()
    {
        _ended = true;
        return _host.StopAsync();
    }

    /// <summary>Ends without writing anything more, as near as one process can come to a killed silo.</summary>
    public async Task KillAsync()
    {
        Store.IsCut = true;
        _ended = true;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _host.StopAsync(now.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            await _host.StopAsync();
        }

        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
