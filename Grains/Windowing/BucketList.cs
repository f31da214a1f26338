using System.Diagnostics.CodeAnalysis;

namespace Analytics.Windowing;

/// <summary>
/// An entity's buckets, ordered by minute, then currency, each once. A value, with room for one bucket at first: most accounts have one.
/// </summary>
/// <remarks>
/// What grows beyond that is in the <see cref="EntityMemory"/>, too, and no array of the entity: a new array in an old object makes the
/// collector look through the object's surroundings, and with a million accounts some grow all the time.
/// </remarks>
internal struct BucketList(EntityMemory memory)
{
    // A bucket's number while there is room for one, and then that of a run of them.
    private int _place;
    private byte _roomLog2;

    public int Count { get; private set; }

    public readonly ref Bucket this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return ref memory.Buckets[NumberAt(index)];
        }
    }

    [UnscopedRef]
    private Span<int> Numbers => _roomLog2 == 0 ? new(ref _place) : memory.Numbers(_roomLog2).Run(_place);

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
        if (Count == 1 << _roomLog2)
        {
            Grow();
        }

        var number = memory.Buckets.Take();
        ref var place = ref memory.Buckets[number];
        place = bucket;
        var numbers = Numbers;
        numbers[index..Count].CopyTo(numbers[(index + 1)..]);
        numbers[index] = number;
        Count++;
        return ref place;
    }

    /// <summary>Removes the oldest.</summary>
    public void RemoveFirst(int count)
    {
        for (var i = 0; i < count; i++)
        {
            this[i].Sources.Clear(memory.Positions);
            memory.Buckets.Return(NumberAt(i));
        }

        Count -= count;
        Numbers.Slice(count, Count).CopyTo(Numbers);
        if (Count <= 1 && _roomLog2 > 0)
        {
            Shrink();
        }
    }

    private readonly int NumberAt(int index) => _roomLog2 == 0 ? _place : memory.Numbers(_roomLog2).Run(_place)[index];

    private void Grow()
    {
        var larger = memory.Numbers(_roomLog2 + 1);
        var place = larger.Take();
        Numbers.CopyTo(larger.Run(place));
        GiveBack();
        (_place, _roomLog2) = (place, (byte)(_roomLog2 + 1));
    }

    private void Shrink()
    {
        var first = Numbers[0];
        GiveBack();
        (_place, _roomLog2) = (first, 0);
    }

    private readonly void GiveBack()
    {
        if (_roomLog2 > 0)
        {
            memory.Numbers(_roomLog2).Return(_place);
        }
    }

    private readonly int Compare(int index, long minute, CurrencyCode currency)
    {
        ref readonly var bucket = ref this[index];
        return bucket.Minute != minute ? ((long)bucket.Minute).CompareTo(minute) : bucket.Currency.CompareTo(currency);
    }
}
