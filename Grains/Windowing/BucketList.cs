namespace Analytics.Windowing;

/// <summary>An entity's buckets, ordered by minute, then currency, each once. A value, and with room for one at first: most accounts have one.</summary>
internal struct BucketList()
{
    private Bucket[] _buckets = [];

    public int Count { get; private set; }

    public readonly Bucket this[int index] => All[index];

    public readonly ReadOnlySpan<Bucket> All => _buckets.AsSpan(0, Count);

    /// <summary>The index, or the complement of where the bucket belongs.</summary>
    public readonly int Find(long minute, string currency)
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
    public void Insert(int index, Bucket bucket)
    {
        if (Count == _buckets.Length)
        {
            Array.Resize(ref _buckets, Math.Max(1, Count * 2));
        }

        Array.Copy(_buckets, index, _buckets, index + 1, Count - index);
        _buckets[index] = bucket;
        Count++;
    }

    /// <summary>Removes the oldest.</summary>
    public void RemoveFirst(int count)
    {
        Array.Copy(_buckets, count, _buckets, 0, Count - count);
        Array.Clear(_buckets, Count - count, count);
        Count -= count;
    }

    public void Clear() => (_buckets, Count) = ([], 0);

    private static int Compare(Bucket bucket, long minute, string currency) =>
        bucket.Minute != minute ? bucket.Minute.CompareTo(minute) : string.CompareOrdinal(bucket.Currency, currency);
}
