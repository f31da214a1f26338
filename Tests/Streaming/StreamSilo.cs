using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Streaming;

/// <summary>A silo in this process with the provider over an embedded broker.</summary>
internal sealed class StreamSilo : IAsyncDisposable
{
    public const string Provider = "kafka-tests";
    public const string Namespace = "kafka-tests";
    public const string Topic = "records";
    private readonly IHost _host;

    private StreamSilo(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public IKafkaStreamControl Control => Services.GetRequiredKeyedService<IKafkaStreamControl>(Provider);

    public IKafkaPublisher Publisher => Services.GetRequiredKeyedService<IKafkaPublisher>(Provider);

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public int SiloPort { get; private init; }

    public static async Task<StreamSilo> StartAsync(
        EmbeddedKafkaBroker broker,
        Recorder recorder,
        Action<KafkaStreamOptions>? configure = null,
        Action<ISiloBuilder>? more = null,
        StreamSilo? primary = null)
    {
        var port = FreePort();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("STREAM_TEST_LOG") is { Length: > 0 } level)
            builder.Logging.AddSimpleConsole(o => { o.SingleLine = true; o.TimestampFormat = "HH:mm:ss.fff "; }).SetMinimumLevel(Enum.Parse<LogLevel>(level));
        builder.Services.AddSingleton(recorder);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(
                port, FreePort(), primary is null ? null : new IPEndPoint(IPAddress.Loopback, primary.SiloPort), "tests", "tests");
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromMilliseconds(300);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
                options.TableRefreshTimeout = TimeSpan.FromSeconds(1);
            });
            silo.AddKafkaStreams<string, StringDecoder>(Provider, options =>
            {
                options.BootstrapServers = broker.BootstrapServers;
                options.Topic = Topic;
                options.StreamNamespace = Namespace;
                options.ConsumerGroup = "tests";
                options.MetadataTimeout = TimeSpan.FromSeconds(5);
                configure?.Invoke(options);
            });
            more?.Invoke(silo);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(host) { SiloPort = port };
    }

    /// <summary>Writes values to a partition and waits until the broker has them.</summary>
    public static void Produce(EmbeddedKafkaBroker broker, int partition, IEnumerable<string> values) =>
        Produce(broker, partition, values.Select(value => ((byte[]?)"k"u8.ToArray(), (byte[]?)System.Text.Encoding.UTF8.GetBytes(value))));

    public static void Produce(EmbeddedKafkaBroker broker, int partition, IEnumerable<(byte[]? Key, byte[]? Value)> records)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            LingerMs = 2,
            EnableIdempotence = true,
            QueueBufferingMaxMessages = 1_000_000,
        }).Build();
        foreach (var (key, value) in records)
            producer.Produce(new TopicPartition(Topic, partition), new Message<byte[], byte[]> { Key = key!, Value = value! });
        producer.Flush(TimeSpan.FromSeconds(10));
    }

    /// <summary>Stops without saying goodbye to anybody, as near as one process can come to a killed silo.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _host.StopAsync(now.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
