using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

/// <summary>Keeps the last value of each bucket, as a store would.</summary>
internal sealed class RecordingSink : IBucketSink
{
    private long _sequence;

    public Dictionary<BucketKey, BucketRow> Rows { get; } = [];

    public long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction)
    {
        var row = bucket.ToRow(kind, memory, lastTransaction);
        Rows[new(row.EntityId, row.Currency, row.WindowStartMinute)] = row;
        return ++_sequence;
    }
}
