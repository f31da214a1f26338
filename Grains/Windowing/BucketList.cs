namespace Analytics.Windowing;

/// <summary>
/// An entity's buckets, ordered by minute, then currency, each once. A value, with room for one bucket at first: most accounts have one.
/// </summary>
internal struct BucketList(EntityMemory memory)
{
    private int[] _numbers = [];

    public int Count { get; private set; }

    public readonly ref Bucket this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return ref memory.Buckets[_numbers[index]];
        }
    }

    /// <summary>The index, or the complement of where the bucket belongs.</summary>
    public readonly int Find(long minute, CurrencyCode currency)
    {
        // From the end, where new events are, then by halves.
        var high = Count - 1;
        if (high < 0)
        {
            return ~0;
        }

        var atEnd = Compare(high, minute, currency);
        if (atEnd <= 0)
        {
            return atEnd == 0 ? high : ~Count;
        }

        var low = 0;
        high--;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Compare(middle, minute, currency);
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
    /// <returns>The bucket in its place.</returns>
    public ref Bucket Insert(int index, scoped in Bucket bucket)
    {
        // What may lack memory comes first: the list stays as it was.
        if (Count == _numbers.Length)
        {
            Array.Resize(ref _numbers, Math.Max(1, Count * 2));
        }

        var number = memory.Buckets.Take();
        ref var place = ref memory.Buckets[number];
        place = bucket;
        _numbers.AsSpan(index, Count - index).CopyTo(_numbers.AsSpan(index + 1));
        _numbers[index] = number;
        Count++;
        return ref place;
    }

    /// <summary>Removes the oldest.</summary>
    public void RemoveFirst(int count)
    {
        for (var i = 0; i < count; i++)
        {
            this[i].Sources.Clear(memory.Positions);
            memory.Buckets.Return(_numbers[i]);
        }

        Count -= count;
        _numbers.AsSpan(count, Count).CopyTo(_numbers);
    }

    private readonly int Compare(int index, long minute, CurrencyCode currency)
    {
        ref readonly var bucket = ref this[index];
        return bucket.Minute != minute ? ((long)bucket.Minute).CompareTo(minute) : bucket.Currency.CompareTo(currency);
    }
}
