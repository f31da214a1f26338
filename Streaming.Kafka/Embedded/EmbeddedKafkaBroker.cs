using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Orleans.Streaming.Kafka.Embedded;

/// <summary>
/// librdkafka's own broker inside this process: it speaks Kafka's protocol on a loopback port, so any client can use it. For development,
/// demonstrations and tests: everything is in memory, about 5 MB and 100,000 batches a partition are kept and older ones dropped. The
/// methods that inject faults are thread safe and act at once.
/// </summary>
public sealed class EmbeddedKafkaBroker : IAsyncDisposable
{
    private const int Producer = 0;
    private const int BrokerId = 1;
    private readonly Lock _lock = new();
    private readonly nint _client;
    private nint _cluster;

    /// <summary>Starts the broker.</summary>
    /// <param name="topics">
    /// Topics to create, with the number of their partitions (at least 1). A topic that is not named here is created at first use with 4.
    /// </param>
    /// <exception cref="InvalidOperationException">The native library refused.</exception>
    public EmbeddedKafkaBroker(params ReadOnlySpan<(string Topic, int Partitions)> topics)
    {
        var configuration = MockCluster.ConfigurationNew();
        // This client connects to nothing, and would say so on stderr.
        _ = MockCluster.ConfigurationSet(configuration, "log_level", "2", 0, 0);
        _client = MockCluster.New(Producer, configuration, 0, 0);
        if (_client == 0) throw new InvalidOperationException("librdkafka did not start a client for the embedded broker.");
        _cluster = MockCluster.ClusterNew(_client, brokerCount: 1);
        if (_cluster == 0)
        {
            MockCluster.Destroy(_client);
            throw new InvalidOperationException("librdkafka did not start the embedded broker.");
        }
        BootstrapServers = Marshal.PtrToStringUTF8(MockCluster.Bootstraps(_cluster))!;
        foreach (var (topic, partitions) in topics) CreateTopic(topic, partitions);
    }

    /// <summary><c>host:port</c> for any Kafka client on this machine.</summary>
    public string BootstrapServers { get; }

    /// <param name="topic">A name that is not yet in use.</param>
    /// <param name="partitions">At least 1.</param>
    /// <exception cref="KafkaException">The topic exists.</exception>
    public void CreateTopic(string topic, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        Do(cluster => MockCluster.TopicCreate(cluster, topic, partitions, replicationFactor: 1));
    }

    /// <summary>Drops a topic with its records.</summary>
    /// <exception cref="KafkaException">There is no such topic.</exception>
    public void DeleteTopic(string topic) => Do(cluster => MockCluster.TopicDelete(cluster, topic));

    /// <summary>Moves the log's start to <paramref name="beforeOffset"/>, as retention would.</summary>
    /// <exception cref="KafkaException">There is no such partition, or the offset is beyond the log's end.</exception>
    public void DeleteRecords(string topic, int partition, long beforeOffset) =>
        Do(cluster => MockCluster.DeleteRecords(cluster, topic, partition, beforeOffset));

    /// <summary>The next <paramref name="count"/> requests of this kind are answered with <paramref name="error"/>.</summary>
    /// <param name="request">The kind of request.</param>
    /// <param name="error">The answer; <see cref="KafkaErrorCode.Local_Transport"/> closes the connection instead.</param>
    /// <param name="count">1 or more.</param>
    public void FailRequests(KafkaRequest request, KafkaErrorCode error, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var errors = new int[count];
        Array.Fill(errors, (int)error);
        Do(cluster =>
        {
            MockCluster.PushRequestErrors(cluster, (short)request, (nuint)count, errors);
            return 0;
        });
    }

    /// <summary>Takes back what <see cref="FailRequests"/> has not used up.</summary>
    public void ClearFailures(KafkaRequest request) =>
        Do(cluster =>
        {
            MockCluster.ClearRequestErrors(cluster, (short)request);
            return 0;
        });

    /// <summary>Closes every connection and refuses new ones; the records stay.</summary>
    public void TakeDown() => Do(cluster => MockCluster.BrokerSetDown(cluster, BrokerId));

    /// <summary>Accepts connections again.</summary>
    public void BringUp() => Do(cluster => MockCluster.BrokerSetUp(cluster, BrokerId));

    /// <summary>Delays every answer.</summary>
    /// <param name="roundTripTime">Whole milliseconds; zero for none.</param>
    public void SetRoundTripTime(TimeSpan roundTripTime) =>
        Do(cluster => MockCluster.BrokerSetRoundTripTime(cluster, BrokerId, (int)roundTripTime.TotalMilliseconds));

    /// <summary>Stops the broker; its records are gone.</summary>
    public ValueTask DisposeAsync() => new(Task.Run(() =>
    {
        lock (_lock)
        {
            if (_cluster == 0) return;
            MockCluster.ClusterDestroy(_cluster);
            _cluster = 0;
            MockCluster.Destroy(_client);
        }
    }));

    private void Do(Func<nint, int> action)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_cluster == 0, this);
            var error = (KafkaErrorCode)action(_cluster);
            if (error != KafkaErrorCode.NoError) throw new KafkaException(error);
        }
    }
}
