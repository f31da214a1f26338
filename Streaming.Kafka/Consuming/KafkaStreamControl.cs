using System.Collections.Concurrent;
using Confluent.Kafka;
using Orleans.Runtime;

namespace Orleans.Streaming.Kafka;

/// <summary>What the provider's parts on this silo tell the application. They fill it in as they start.</summary>
internal sealed class KafkaStreamControl(KafkaStreamOptions options, PartitionOwners owners) : IKafkaStreamControl
{
    private readonly ConcurrentDictionary<int, string> _faults = new();

    public int PartitionCount { get; private set; }

    public long Epoch { get; set; }

    public Func<int, long?>? LogEndOffset { get; set; }

    /// <summary>Blocks for the answer.</summary>
    public Func<int, (long Start, long End)>? LogRange { get; set; }

    public Action<int, long>? CommitRequested { get; set; }

    public Action<int, long>? RedeliveryRequested { get; set; }

    /// <summary>Set when the client cannot go on at all.</summary>
    public string? ClientFault { get; set; }

    /// <summary>Set while the topic is not the one that was there.</summary>
    public string? TopicFault { get; set; }

    /// <summary>Set while no broker answers.</summary>
    public string? Outage { get; set; }

    public IReadOnlyList<string> Faults
    {
        get
        {
            var partitions = _faults.OrderBy(fault => fault.Key).Select(fault => fault.Value);
            return [.. new[] { ClientFault, TopicFault, Outage }.OfType<string>(), .. partitions];
        }
    }

    public SiloAddress? GetOwner(int partition) => owners.OwnerOf(partition);

    public void SetPartitionCount(int count)
    {
        // Whoever sees the count may ask for the owners.
        owners.SetPartitions(count);
        PartitionCount = count;
    }

    public long? GetLogEndOffset(int partition) => LogEndOffset?.Invoke(partition);

    public Task<(long Start, long End)?> QueryLogRangeAsync(int partition) => Task.Run<(long, long)?>(() =>
    {
        try
        {
            return LogRange?.Invoke(partition);
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            // What is wrong with the broker shows in reading from it.
            return null;
        }
    });

    public void DeliverFrom(int partition, long offset) => RedeliveryRequested?.Invoke(partition, offset);

    public void Commit(int partition, long nextOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nextOffset);
        if (options.CommitMode != KafkaCommitMode.Explicit)
            throw new InvalidOperationException(
                $"Commit needs {nameof(KafkaStreamOptions)}.{nameof(options.CommitMode)} = {nameof(KafkaCommitMode.Explicit)}; " +
                "otherwise delivery moves the group's offset.");
        CommitRequested?.Invoke(partition, nextOffset);
    }

    public void Fault(int partition, string text) => _faults[partition] = text;

    public void ClearFault(int partition) => _faults.TryRemove(partition, out _);
}
