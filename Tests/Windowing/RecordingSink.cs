using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

/// <summary>Keeps the last value of each bucket, as a store would.</summary>
internal sealed class RecordingSink : IBucketSink
{
    private long _sequence;

    public Dictionary<BucketKey, BucketRow> Rows { get; } = [];

    public long Put(EntityKind kind, in BucketRow row)
    {
        Rows[new(row.EntityId, row.Currency, row.WindowStartMinute)] = row;
        return ++_sequence;
    }
}
