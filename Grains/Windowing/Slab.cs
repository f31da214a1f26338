using System.Runtime.CompilerServices;

namespace Analytics.Windowing;

/// <summary>
/// Values of one size, or runs of them of one length, each under a number of its own until it is given back. They lie in large arrays without
/// references, which the collector neither looks into nor moves: a silo with millions of them pays for those that it touches.
/// </summary>
/// <remarks>
/// Numbers are taken and given back by any thread. Only the holder of a number may use what it stands for; passing it to another thread takes
/// the usual synchronization.
/// </remarks>
internal sealed class Slab<T>
    where T : unmanaged
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private readonly int _shift;
    private readonly int _mask;
    private readonly int _runShift;

    private T[][] _chunks = [];
    private int _used;

    /// <param name="chunkLength">Numbers of one array, a power of two. Arrays stay until the slab goes, for the next numbers.</param>
    /// <param name="runLength">Values of one number, a power of two.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two.</exception>
    public Slab(int chunkLength, int runLength = 1)
    {
        ThrowUnlessPowerOfTwo(chunkLength);
        ThrowUnlessPowerOfTwo(runLength);
        (_shift, _mask, _runShift) = (int.Log2(chunkLength), chunkLength - 1, int.Log2(runLength));
    }

    /// <summary>Numbers that are taken.</summary>
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

    /// <summary>The value of a number, or the first of its run.</summary>
    public ref T this[int number] => ref Volatile.Read(ref _chunks)[number >> _shift][(number & _mask) << _runShift];

    /// <summary>All values of a number.</summary>
    public Span<T> Run(int number) =>
        Volatile.Read(ref _chunks)[number >> _shift].AsSpan((number & _mask) << _runShift, 1 << _runShift);

    /// <summary>A number, whose values are the type's default.</summary>
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
                    Volatile.Write(ref _chunks, [.. _chunks, new T[(_mask + 1) << _runShift]]);
                }

                return _used++;
            }
        }

        Run(number).Clear();
        return number;
    }

    /// <summary>Gives a number back; what it stands for may be another's from now on.</summary>
    public void Return(int number)
    {
        lock (_lock)
        {
            _free.Push(number);
        }
    }

    private static void ThrowUnlessPowerOfTwo(int length, [CallerArgumentExpression(nameof(length))] string name = "")
    {
        if (!int.IsPow2(length))
        {
            throw new ArgumentOutOfRangeException(name, length, "Not a power of two.");
        }
    }
}
