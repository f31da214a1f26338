using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

/// <summary>An application's positions: one for all partitions, or one each.</summary>
internal sealed class TestPositions(long epoch, long? offset) : Dictionary<int, long>, IKafkaStartPositions
{
    public ValueTask<long> GetEpochAsync(CancellationToken cancellationToken) => new(epoch);

    public ValueTask<long?> GetStartOffsetAsync(int partition, CancellationToken cancellationToken) =>
        new(TryGetValue(partition, out var own) ? own : offset);
}
