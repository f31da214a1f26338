using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// The agent's view of a partition. A read waits for room in the cache and for its first record without holding a thread, so that neither
/// costs a tick of the agent's timer. Created anew each time the partition comes to this silo.
/// </summary>
internal sealed class KafkaReceiver<T>(
    PartitionBuffer<T> buffer,
    KafkaQueueCache<T> cache,
    KafkaConsumer<T> consumer,
    KafkaQueueMapper mapper,
    IKafkaStartPositions? positions,
    KafkaStreamOptions options,
    ILogger logger) : IQueueAdapterReceiver
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);
    private static readonly IList<IBatchContainer> Nothing = [];
    private readonly CancellationTokenSource _shutdown = new();
    private Task _start = Task.CompletedTask;
    private long _lastRead;

    /// <summary>
    /// Comes back at once: the agent waits for this before it can be shut down, and the start position may take as long as its database is
    /// away. Until it is known, reads come back empty.
    /// </summary>
    public Task Initialize(TimeSpan timeout)
    {
        _start = Task.Run(() => StartAsync(_shutdown.Token));
        return Task.CompletedTask;
    }

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) => GetQueueMessagesAsync(maxCount, CancellationToken.None);

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutdown.Token);
        if (buffer.TakeRedelivery() is { } offset) cache.DeliverFrom(offset);
        if (cache.Unclaimed is { } unclaimed)
        {
            // Nobody has a place in the stream: registering it failed, or there is no subscriber yet. Shown again, the batch has the agent
            // register the stream with it; nothing is read or dropped meanwhile.
            await Within(Task.Delay(options.ReadWait, stop.Token), stop.Token);
            return cache.Unclaimed == unclaimed && !stop.IsCancellationRequested ? [unclaimed] : Nothing;
        }
        await Within(cache.WhenRoom(), stop.Token);
        if (!cache.HasRoom) return Nothing;
        await Within(buffer.WhenAny(), stop.Token);
        var early = options.MinReadInterval - Stopwatch.GetElapsedTime(_lastRead);
        if (early > TimeSpan.Zero && buffer.Count < options.MaxBatchRecords) await Within(Task.Delay(early, stop.Token), stop.Token);
        if (stop.IsCancellationRequested || buffer.TryTake(options.MaxBatchRecords) is not { } batch) return Nothing;
        _lastRead = Stopwatch.GetTimestamp();
        return [new KafkaBatchContainer<T>(mapper.StreamOf(buffer.Partition), batch)];
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => MessagesDeliveredAsync(messages, CancellationToken.None);

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages, CancellationToken cancellationToken)
    {
        if (options.CommitMode == KafkaCommitMode.Delivered && messages.Count > 0)
            consumer.Offsets.Request(buffer.Partition, ((KafkaBatchContainer<T>)messages[^1]).Batch.LastOffset + 1);
        return Task.CompletedTask;
    }

    public async Task Shutdown(TimeSpan timeout)
    {
        await _shutdown.CancelAsync();
        await _start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await consumer.UnassignAsync(buffer);
        // What every subscriber has been given since the last read.
        if (cache.TryPurgeFromCache(out var delivered)) await MessagesDeliveredAsync(delivered, CancellationToken.None);
        await Within(consumer.Offsets.FlushAsync(), timeout, CancellationToken.None);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var delay = FirstRetry;
        while (true)
        {
            try
            {
                var (offset, isLogStart) = await FindStartAsync(cancellationToken);
                buffer.Start(offset, isLogStart);
                break;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                KafkaLog.StartUnknown(logger, options.Topic, buffer.Partition, delay, exception);
                await Task.Delay(delay, cancellationToken);
                delay = delay * 2 < LongestRetry ? delay * 2 : LongestRetry;
            }
        }
        cancellationToken.ThrowIfCancellationRequested();
        consumer.Assign(buffer);
    }

    /// <summary>The application's position, else the group's committed offset, else the log's start.</summary>
    private async Task<(long Offset, bool IsLogStart)> FindStartAsync(CancellationToken cancellationToken)
    {
        var own = positions is null ? null : await positions.GetStartOffsetAsync(buffer.Partition, cancellationToken);
        if (own is not null and not IKafkaStartPositions.LogStart) return (own.Value, false);
        if (own is null && consumer.GetCommitted(buffer.Partition) is { } committed) return (committed, false);
        return (consumer.GetLogRange(buffer.Partition).Start, true);
    }

    private Task Within(Task task, CancellationToken cancellationToken) => Within(task, options.ReadWait, cancellationToken);

    /// <summary>Waits without an exception, whatever the end.</summary>
    private static async Task Within(Task task, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!task.IsCompleted)
            await task.WaitAsync(timeout, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
