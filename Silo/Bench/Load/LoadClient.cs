using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Analytics.Silo.Bench.Load;

/// <summary>
/// Writes to the topic, each record once (idempotent, acks=all), with the intended time as the record's timestamp: from it the silo measures
/// latency. Acknowledgements are not asked for one by one; what the log holds is counted at the end.
/// </summary>
internal sealed class LoadClient : IDisposable
{
    private const int MaxInFlight = 500_000;
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(60);

    private readonly IProducer<byte[], byte[]> _producer;
    private readonly string _topic;
    private long _number;
    private long _sent;

    /// <param name="bootstrapServers">Comma-separated <c>host:port</c> list.</param>
    /// <param name="topic">The topic of this run alone.</param>
    /// <param name="client">Passed on to librdkafka.</param>
    /// <param name="linger">How long a batch waits for more; part of the latency that is measured.</param>
    public LoadClient(string bootstrapServers, string topic, IReadOnlyDictionary<string, string> client, TimeSpan linger)
    {
        _topic = topic;
        var config = new ProducerConfig(client.ToDictionary())
        {
            BootstrapServers = bootstrapServers,
            Acks = Acks.All,
            EnableIdempotence = true,
            Partitioner = Partitioner.Murmur2Random,
            LingerMs = linger.TotalMilliseconds,
            CompressionType = CompressionType.Lz4,
            QueueBufferingMaxMessages = MaxInFlight,
            QueueBufferingMaxKbytes = 256 * 1024,
            MessageTimeoutMs = 60_000,
            EnableDeliveryReports = false,
        };
        _producer = new ProducerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => Problem ??= error.IsFatal ? error.Reason : null)
            .Build();
    }

    /// <summary>Records handed over so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>What the client can not recover from; null for nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>A number that no other record of this run has.</summary>
    public long NextNumber() => Interlocked.Increment(ref _number);

    /// <summary>Sends a record; the bytes are copied. Thread safe.</summary>
    public void Send(byte[] key, byte[] value, long intendedMs)
    {
        var message = new Message<byte[], byte[]> { Key = key, Value = value, Timestamp = new(intendedMs, TimestampType.CreateTime) };
        while (true)
        {
            try
            {
                _producer.Produce(_topic, message);
                Interlocked.Increment(ref _sent);
                return;
            }
            catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull && Problem is null)
            {
                Thread.Sleep(1);
            }
            catch (ProduceException<byte[], byte[]> exception)
            {
                throw new BenchException($"The generator cannot send: {exception.Error.Reason}", exception);
            }
        }
    }

    /// <summary>Waits until the broker has everything.</summary>
    /// <exception cref="BenchException">It has not within a minute.</exception>
    public void Flush()
    {
        if (_producer.Flush(FlushTimeout) is > 0 and var left)
        {
            throw new BenchException($"The broker has not taken {left} of {Sent} records within {FlushTimeout.TotalSeconds} s.");
        }
    }

    public void Dispose() => _producer.Dispose();
}
