using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

/// <summary>Keeps the last value of each bucket, as a store would.</summary>
internal sealed class RecordingSink : IBucketSink
{
    private long _sequence;

    public Dictionary<BucketKey, BucketRow> Rows { get; } = [];

    public long Put(EntityKind kind, string entityId, Bucket bucket, CardTransaction lastTransaction)
    {
        Rows[new(entityId, bucket.Currency, bucket.Minute)] =
            new(entityId, bucket.Currency, bucket.Minute, bucket.Totals, bucket.CopySources(null), lastTransaction);
        return ++_sequence;
    }
}
