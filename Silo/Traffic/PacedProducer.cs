using System.Diagnostics;
using System.Text;
using Analytics.V1;
using Confluent.Kafka;
using Google.Protobuf;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Analytics.Silo.Traffic;

/// <summary>Where, how fast and with which event time to send.</summary>
/// <param name="BootstrapServers">Comma-separated <c>host:port</c> list.</param>
/// <param name="Topic">The topic of transactions.</param>
/// <param name="Client">Passed on to librdkafka.</param>
/// <param name="PerSecond">Transactions per second; 0 for as fast as possible.</param>
/// <param name="EventTime">With <see cref="Traffic.EventTime.Now"/> every transaction gets the time of its sending.</param>
internal sealed record PacedProducerOptions(
    string BootstrapServers, string Topic, IReadOnlyDictionary<string, string> Client, double PerSecond, EventTime EventTime);

/// <summary>
/// Sends transactions keyed by account, in order, each once (idempotent, acks=all). Open loop: what is due is sent, however long
/// acknowledgements take, up to the client's bounded queue; a sender that was held up catches up.
/// </summary>
internal sealed class PacedProducer(PacedProducerOptions options, TrafficProgress progress)
{
    /// <summary>Transactions on their way to the broker; at this bound sending waits.</summary>
    public const int MaxInFlight = 100_000;

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(35);

    /// <summary>Sends all of them and waits for the acknowledgements; a cancellation ends it early, what is in flight is still awaited.</summary>
    /// <param name="source">Read by one thread.</param>
    /// <param name="mayBeAhead">Asked before each send how many may have been sent by now; null for no limit.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <returns>What was sent.</returns>
    public Task<TrafficTotals> RunAsync(IEnumerable<Transaction> source, Func<long>? mayBeAhead, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Run(source, mayBeAhead, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private TrafficTotals Run(IEnumerable<Transaction> source, Func<long>? mayBeAhead, CancellationToken cancellationToken)
    {
        var totals = new TrafficTotals();
        using var producer = new ProducerBuilder<byte[], byte[]>(Config()).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var start = Stopwatch.GetTimestamp();
        long sent = 0;
        var lastTime = DateTimeOffset.MinValue;
        foreach (var message in source)
        {
            while (!cancellationToken.IsCancellationRequested && !IsDue(sent, start, mayBeAhead))
            {
                Thread.Sleep(1);
            }

            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            if (options.EventTime == EventTime.Now)
            {
                // The order of event times is the order of sending, even if the clock is set back meanwhile.
                lastTime = DateTimeOffset.UtcNow is var now && now > lastTime ? now : lastTime;
                message.OccurredAt = Timestamp.FromDateTimeOffset(lastTime);
            }

            // Counted first: an acknowledgement may come before Send returns, and must not be ahead of what was sent.
            progress.CountSent();
            Send(producer, message, cancellationToken);
            totals.Add(message);
            sent++;
        }

        producer.Flush(FlushTimeout);
        return totals;
    }

    private bool IsDue(long sent, long start, Func<long>? mayBeAhead) =>
        (options.PerSecond <= 0 || sent < 1 + (Stopwatch.GetElapsedTime(start).TotalSeconds * options.PerSecond))
        && (mayBeAhead is null || sent < mayBeAhead());

    private void Send(IProducer<byte[], byte[]> producer, Transaction message, CancellationToken cancellationToken)
    {
        var record = new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(message.AccountId), Value = message.ToByteArray() };
        while (true)
        {
            try
            {
                producer.Produce(options.Topic, record, OnDelivered);
                return;
            }
            catch (ProduceException<byte[], byte[]> exception) when (
                exception.Error.Code == ErrorCode.Local_QueueFull && !cancellationToken.IsCancellationRequested)
            {
                Thread.Sleep(1);
            }
            catch (ProduceException<byte[], byte[]> exception)
            {
                progress.CountFailed(exception.Error.Reason);
                return;
            }
        }
    }

    private void OnDelivered(DeliveryReport<byte[], byte[]> report)
    {
        if (report.Error.IsError)
        {
            progress.CountFailed(report.Error.Reason);
        }
        else
        {
            progress.CountAcknowledged();
        }
    }

    private ProducerConfig Config() => new(options.Client.ToDictionary())
    {
        BootstrapServers = options.BootstrapServers,
        Acks = Acks.All,
        EnableIdempotence = true,
        Partitioner = Partitioner.Murmur2Random,
        LingerMs = 5,
        CompressionType = CompressionType.Lz4,
        QueueBufferingMaxMessages = MaxInFlight,
        QueueBufferingMaxKbytes = 128 * 1024,
        MessageTimeoutMs = 30_000,

        // The report is asked for its error only.
        DeliveryReportFields = "none",
    };
}
