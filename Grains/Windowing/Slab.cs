namespace Analytics.Windowing;

/// <summary>
/// Values of one size, each under a number of its own until it is given back. They lie in large arrays without references, which the
/// collector neither looks into nor moves: a silo with millions of them pays for those that it touches.
/// </summary>
/// <remarks>
/// Numbers are taken and given back by any thread. Only the holder of a number may use its value; passing it to another thread takes the
/// usual synchronization.
/// </remarks>
internal sealed class Slab<T>
    where T : unmanaged
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private readonly int _shift;
    private readonly int _mask;

    private T[][] _chunks = [];
    private int _used;

    /// <param name="chunkLength">Values in one array, a power of two. Arrays stay until the slab goes, for the next values.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two.</exception>
    public Slab(int chunkLength)
    {
        if (!int.IsPow2(chunkLength))
        {
            throw new ArgumentOutOfRangeException(nameof(chunkLength), chunkLength, "Not a power of two.");
        }

        (_shift, _mask) = (int.Log2(chunkLength), chunkLength - 1);
    }

    /// <summary>Values that are taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _used - _free.Count;
            }
        }
    }

    public ref T this[int number] => ref Volatile.Read(ref _chunks)[number >> _shift][number & _mask];

    /// <summary>The number of a value, which is the type's default.</summary>
    public int Take()
    {
        int number;
        lock (_lock)
        {
            if (!_free.TryPop(out number))
            {
                if (_used == _chunks.Length << _shift)
                {
                    // Giving back never needs memory, so it cannot fail.
                    _free.EnsureCapacity(_used + _mask + 1);
                    Volatile.Write(ref _chunks, [.. _chunks, new T[_mask + 1]]);
                }

                return _used++;
            }
        }

        this[number] = default;
        return number;
    }

    /// <summary>Gives a number back; its value may be another's from now on.</summary>
    public void Return(int number)
    {
        lock (_lock)
        {
            _free.Push(number);
        }
    }
}
