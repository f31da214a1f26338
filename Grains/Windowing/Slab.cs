namespace Analytics.Windowing;

/// <summary>
/// Values of one size, each under a number of its own until it is given back. They lie in large arrays without references, which the
/// collector neither looks into nor moves: a silo with millions of them pays for those that it touches.
/// </summary>
/// <remarks>
/// Numbers are taken and given back by any thread. Who has a number is the only one to use its value, and hands it to another thread as
/// anything else.
/// </remarks>
/// <param name="chunkLength">Values in one array, a power of two; arrays stay until the slab goes.</param>
internal sealed class Slab<T>(int chunkLength)
    where T : unmanaged
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private readonly int _shift = int.Log2(chunkLength);

    private T[][] _chunks = [];
    private int _used;

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

    public ref T this[int number] => ref Volatile.Read(ref _chunks)[number >> _shift][number & (chunkLength - 1)];

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
                    Volatile.Write(ref _chunks, [.. _chunks, new T[chunkLength]]);
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
