using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// Lets the group's committed offsets follow, about once a second and never backwards while a partition is ours. They serve lag tools and,
/// without positions of the application's own, the next start; a commit that fails is repeated with the next one.
/// </summary>
internal sealed class OffsetCommitter(string topic, Action<IEnumerable<TopicPartitionOffset>> commit, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastCommitPatience = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Dictionary<int, long> _wanted = [];
    private readonly Dictionary<int, long> _committed = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _loggedAt = long.MinValue;

    public void Start() => _loop = Task.Run(RunAsync);

    public void Request(int partition, long nextOffset)
    {
        lock (_lock)
        {
            if (nextOffset > _wanted.GetValueOrDefault(partition, -1)) _wanted[partition] = nextOffset;
        }
    }

    /// <summary>A partition begins anew: what was committed under an earlier ownership no longer bounds it.</summary>
    public void Forget(int partition)
    {
        lock (_lock)
        {
            _wanted.Remove(partition);
            _committed.Remove(partition);
        }
    }

    /// <summary>Commits what is wanted now. Never throws.</summary>
    public async Task FlushAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            KeyValuePair<int, long>[] due;
            lock (_lock) due = [.. _wanted.Where(wanted => _committed.GetValueOrDefault(wanted.Key, -1) < wanted.Value)];
            if (due.Length == 0) return;
            // A blocking call into librdkafka, so not on a scheduler of Orleans; the consumer's thread goes on reading meanwhile.
            await Task.Run(() => commit(due.Select(d => new TopicPartitionOffset(topic, d.Key, d.Value))));
            lock (_lock)
            {
                foreach (var (partition, offset) in due)
                    if (_wanted.ContainsKey(partition)) _committed[partition] = offset;
            }
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            var now = Environment.TickCount64;
            if (_loggedAt != long.MinValue && now - _loggedAt < LogEvery.TotalMilliseconds) return;
            _loggedAt = now;
            KafkaLog.CommitFailed(logger, topic, exception);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Whether a commit was left behind inside librdkafka; known when this is disposed of.</summary>
    public bool IsStuck { get; private set; }

    /// <summary>Commits for the last time. A broker that is away holds a commit for half a minute, and a stop need not wait for that.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        var last = CommitLastAsync();
        IsStuck = await Task.WhenAny(last, Task.Delay(LastCommitPatience)) != last;
        _stop.Dispose();
    }

    private async Task CommitLastAsync()
    {
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await FlushAsync();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Period);
        while (await timer.WaitForNextTickAsync(_stop.Token)) await FlushAsync();
    }
}
