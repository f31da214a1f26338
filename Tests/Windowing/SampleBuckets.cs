using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

internal static class SampleBuckets
{
    /// <summary>Puts an account's bucket of pounds with so many transactions, the last of them at that offset of partition 0.</summary>
    public static void PutSample(this IBucketSink sink, string account, long minute, long count, bool isNew = false)
    {
        var memory = new EntityMemory(chunkLength: 1);
        var bucket = new Bucket(minute, new("GBP"), isNew) { Totals = new() { Count = count } };
        bucket.NoteChange();
        bucket.Sources.Set(memory.Positions, new(1, 0, count));
        sink.Put(EntityKind.Account, bucket, memory, Transactions.At(Transactions.Noon, account: account));
    }
}
