using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>The last position of each partition. Nearly always there is one partition, and that one needs no array.</summary>
internal struct PartitionPositions
{
    private Position _first;
    private Position[]? _others;
    private bool _any;

    public readonly bool IsEmpty => !_any;

    public readonly bool TryGet(int partition, out Position position)
    {
        position = _first;
        if (_any && _first.Partition == partition)
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
        if (!_any || _first.Partition == position.Partition)
        {
            (_first, _any) = (position, true);
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
        if (!_any)
        {
            return [];
        }

        var others = _others ?? [];
        var positions = reuse?.Length == 1 + others.Length ? reuse : new Position[1 + others.Length];
        positions[0] = _first;
        others.CopyTo(positions, 1);
        return positions;
    }
}
