using System.Runtime.InteropServices;

namespace Analytics.Windowing;

/// <summary>An entity's buckets, ordered by minute, then currency, each once. A value, and with room for one at first: most accounts have one.</summary>
internal readonly struct BucketList()
{
    private readonly List<Bucket> _buckets = new(1);

    public int Count => _buckets.Count;

    public ReadOnlySpan<Bucket> All => CollectionsMarshal.AsSpan(_buckets);

    public Bucket this[int index] => _buckets[index];

    /// <summary>The index, or the complement of where the bucket belongs.</summary>
    public int Find(long minute, string currency)
    {
        // From the end, where new events are, then by halves.
        var high = Count - 1;
        if (high < 0)
        {
            return ~0;
        }

        var atEnd = Compare(_buckets[high], minute, currency);
        if (atEnd <= 0)
        {
            return atEnd == 0 ? high : ~Count;
        }

        var low = 0;
        high--;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Compare(_buckets[middle], minute, currency);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    /// <summary>Adds a bucket where <see cref="Find"/> said that it belongs.</summary>
    public void Insert(int index, Bucket bucket) => _buckets.Insert(index, bucket);

    /// <summary>Removes the oldest.</summary>
    public void RemoveFirst(int count) => _buckets.RemoveRange(0, count);

    public void Clear() => _buckets.Clear();

    private static int Compare(Bucket bucket, long minute, string currency) =>
        bucket.Minute != minute ? bucket.Minute.CompareTo(minute) : string.CompareOrdinal(bucket.Currency, currency);
}
