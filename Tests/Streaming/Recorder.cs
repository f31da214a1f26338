using System.Collections.Concurrent;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

/// <summary>What the subscribers of a test's silos were given, and how they are to behave. One for all silos of a test.</summary>
public sealed class Recorder
{
    private readonly ConcurrentDictionary<int, List<KafkaBatch<string>>> _batches = new();
    private volatile TaskCompletionSource _changed = New();

    /// <summary>The token that an activation begins with; null for none.</summary>
    public Func<int, KafkaSequenceToken?> StartToken { get; set; } = _ => null;

    /// <summary>Runs before a batch is recorded; it may wait or throw.</summary>
    public Func<KafkaBatch<string>, Task> Handle { get; set; } = _ => Task.CompletedTask;

    /// <summary>The silo on which each partition's subscriber got its last batch.</summary>
    public ConcurrentDictionary<int, string> Silos { get; } = new();

    public void Add(KafkaBatch<string> batch, string silo)
    {
        var batches = _batches.GetOrAdd(batch.Partition, _ => []);
        lock (batches) batches.Add(batch);
        Silos[batch.Partition] = silo;
        Interlocked.Exchange(ref _changed, New()).TrySetResult();
    }

    public KafkaBatch<string>[] Batches(int partition)
    {
        if (!_batches.TryGetValue(partition, out var batches)) return [];
        lock (batches) return [.. batches];
    }

    public KafkaRecord<string>[] Records(int partition) => [.. Batches(partition).SelectMany(batch => batch.Records)];

    public long[] Offsets(int partition) => [.. Records(partition).Select(record => record.Offset)];

    /// <summary>Waits until the condition holds; it is looked at after each batch.</summary>
    public async Task Until(Func<bool> condition, string what, int seconds = 8)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            var changed = _changed.Task;
            if (condition()) return;
            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                if (condition()) return;
                var seen = string.Join("; ", _batches.Keys.Order().Select(p => $"{p}: {Records(p).Length} records"));
                Assert.Fail($"Not within {seconds} s: {what}. Seen: {seen}");
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
