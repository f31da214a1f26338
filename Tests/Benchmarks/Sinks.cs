using Analytics.Partitions;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Benchmarks;

/// <summary>Takes every window and keeps none.</summary>
internal sealed class NoSink : IBucketSink
{
    public static readonly NoSink Instance = new();
    private long _sequence;

    public long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction) => ++_sequence;
}

/// <summary>Keeps what was put, in order.</summary>
internal sealed class BucketCollector : IBucketSink
{
    public List<(EntityKind Kind, Bucket Bucket, CardTransaction Last)> Buckets { get; } = [];

    public long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction)
    {
        Buckets.Add((kind, bucket, lastTransaction));
        return Buckets.Count;
    }
}
