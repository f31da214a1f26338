using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using KafkaErrorCode = Confluent.Kafka.ErrorCode;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>Several producers side by side, each with a thread of its own, and the last offset of each partition that the broker acknowledged.</summary>
internal sealed class TransactionLoad : IAsyncDisposable
{
    public const int Producers = 3;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FlushDeadline = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private readonly ConcurrentDictionary<int, long> _lastAcknowledged = new();
    private long _acknowledged;
    private long _failed;

    public TransactionLoad(string bootstrapServers, string topic, TopicGrowth growth, FaultOptions options)
    {
        for (var i = 0; i < Producers; i++)
        {
            var content = new LoadContent(options.Seed, producer: i, growth, options);
            _tasks.Add(Task.Factory.StartNew(
                () => Produce(bootstrapServers, topic, content, (double)options.Rate / Producers), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        }
    }

    /// <summary>Records that are in the log for certain.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Records given up: they may be in the log, or not.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>The last acknowledged offset by partition.</summary>
    public IReadOnlyDictionary<int, long> LastAcknowledged => _lastAcknowledged;

    /// <summary>Ends the load and waits for every answer.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private void Produce(string bootstrapServers, string topic, LoadContent content, double perSecond)
    {
        // Not idempotent: what is sent again after a lost answer is in the log twice and out of order, as with many a real producer.
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            Acks = Acks.All,

            // The embedded broker answers a reader with one of the producer's batches at a time: of small ones a backlog takes minutes.
            LingerMs = perSecond > 1_000 ? 500 : 5,
            CompressionType = CompressionType.Lz4,
            SocketTimeoutMs = 5_000,
            ReconnectBackoffMaxMs = 500,
            MessageTimeoutMs = 120_000,
            LogConnectionClose = false,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var clock = Stopwatch.StartNew();
        var sent = 0L;
        while (!_stop.IsCancellationRequested)
        {
            // A load that fell behind because the machine was busy does not make up for it with a flood.
            var due = (long)(clock.Elapsed.TotalSeconds * perSecond);
            sent = Math.Max(sent, due - (long)(perSecond / 5));
            for (; sent < due; sent++)
            {
                try
                {
                    var (partition, message) = content.Next(DateTimeOffset.UtcNow);
                    producer.Produce(new TopicPartition(topic, partition), message, Delivered);
                }
                catch (ProduceException<byte[]?, byte[]?> exception) when (exception.Error.Code == KafkaErrorCode.Local_QueueFull)
                {
                    // The broker is away: what does not fit is never sent.
                    break;
                }
            }

            _stop.Token.WaitHandle.WaitOne(Tick);
        }

        producer.Flush(FlushDeadline);
    }

    private void Delivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
        {
            Interlocked.Increment(ref _failed);
            return;
        }

        Interlocked.Increment(ref _acknowledged);
        _lastAcknowledged.AddOrUpdate(report.Partition.Value, report.Offset.Value, (_, last) => Math.Max(last, report.Offset.Value));
    }
}
