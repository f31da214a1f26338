using Analytics.Partitions;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Benchmarks;

/// <summary>Takes every window and keeps none.</summary>
internal sealed class NoSink : IBucketSink
{
    public static readonly NoSink Instance = new();
    private long _sequence;

    public long Put(EntityKind kind, string entityId, Bucket bucket, CardTransaction lastTransaction) => ++_sequence;
}

/// <summary>Keeps what was put, in order.</summary>
internal sealed class BucketCollector : IBucketSink
{
    public List<(EntityKey Key, Bucket Bucket)> Buckets { get; } = [];

    public long Put(EntityKind kind, string entityId, Bucket bucket, CardTransaction lastTransaction)
    {
        Buckets.Add((new(kind, entityId), bucket));
        return Buckets.Count;
    }
}
