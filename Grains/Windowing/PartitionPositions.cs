using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>The last position of each partition. Nearly always there is one partition, and that one needs no array.</summary>
internal struct PartitionPositions
{
    // The first, field by field: every bucket of every entity has one, and so it is a fifth smaller.
    private long _epoch;
    private long _offset;
    private int _partitionPlusOne;
    private Position[]? _others;

    public readonly bool IsEmpty => _partitionPlusOne == 0;

    private readonly Position First => new(_epoch, _partitionPlusOne - 1, _offset);

    public readonly bool TryGet(int partition, out Position position)
    {
        position = First;
        if (_partitionPlusOne == partition + 1)
        {
            return true;
        }

        foreach (var other in _others ?? [])
        {
            if (other.Partition == partition)
            {
                position = other;
                return true;
            }
        }

        return false;
    }

    /// <summary>Replaces that of the same partition.</summary>
    public void Set(Position position)
    {
        if (IsEmpty || _partitionPlusOne == position.Partition + 1)
        {
            (_epoch, _partitionPlusOne, _offset) = (position.Epoch, position.Partition + 1, position.Offset);
            return;
        }

        for (var i = 0; i < _others?.Length; i++)
        {
            if (_others[i].Partition == position.Partition)
            {
                _others[i] = position;
                return;
            }
        }

        _others = [.. _others ?? [], position];
    }

    /// <summary>A copy, in the given array when it has the right length.</summary>
    public readonly Position[] Copy(Position[]? reuse)
    {
        if (IsEmpty)
        {
            return [];
        }

        var others = _others ?? [];
        var positions = reuse?.Length == 1 + others.Length ? reuse : new Position[1 + others.Length];
        positions[0] = First;
        others.CopyTo(positions, 1);
        return positions;
    }
}
