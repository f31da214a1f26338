using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// The last position of each partition. Nearly always there is one partition; those of a merchant's others are in blocks of a slab, so that
/// this is a value without references.
/// </summary>
internal struct PartitionPositions
{
    // The first, field by field: every bucket of every entity has one, and so it is a quarter smaller.
    private long _epoch;
    private long _offset;
    private int _partitionPlusOne;
    private int _othersPlusOne;

    public readonly bool IsEmpty => _partitionPlusOne == 0;

    private readonly Position First => new(_epoch, _partitionPlusOne - 1, _offset);

    public readonly bool TryGet(Slab<PositionBlock> blocks, int partition, out Position position)
    {
        position = First;
        if (_partitionPlusOne == partition + 1)
        {
            return true;
        }

        for (var next = _othersPlusOne; next != 0;)
        {
            ref readonly var block = ref blocks[next - 1];
            for (var i = 0; i < block.Count; i++)
            {
                if (block.Positions[i].Partition == partition)
                {
                    position = block.Positions[i];
                    return true;
                }
            }

            next = block.NextPlusOne;
        }

        return false;
    }

    /// <summary>Replaces that of the same partition.</summary>
    public void Set(Slab<PositionBlock> blocks, Position position)
    {
        if (IsEmpty || _partitionPlusOne == position.Partition + 1)
        {
            (_epoch, _partitionPlusOne, _offset) = (position.Epoch, position.Partition + 1, position.Offset);
            return;
        }

        ref var next = ref _othersPlusOne;
        while (next != 0)
        {
            ref var block = ref blocks[next - 1];
            for (var i = 0; i < block.Count; i++)
            {
                if (block.Positions[i].Partition == position.Partition)
                {
                    block.Positions[i] = position;
                    return;
                }
            }

            if (block.Count < PositionBlock.Capacity)
            {
                block.Positions[block.Count++] = position;
                return;
            }

            next = ref block.NextPlusOne;
        }

        var added = blocks.Take();
        blocks[added].Positions[0] = position;
        blocks[added].Count = 1;
        next = added + 1;
    }

    /// <summary>A copy, in the given array when it has the right length.</summary>
    public readonly Position[] Copy(Slab<PositionBlock> blocks, Position[]? reuse)
    {
        if (IsEmpty)
        {
            return [];
        }

        var count = 1;
        for (var next = _othersPlusOne; next != 0; next = blocks[next - 1].NextPlusOne)
        {
            count += blocks[next - 1].Count;
        }

        var positions = reuse?.Length == count ? reuse : new Position[count];
        positions[0] = First;
        count = 1;
        for (var next = _othersPlusOne; next != 0; next = blocks[next - 1].NextPlusOne)
        {
            ref readonly var block = ref blocks[next - 1];
            ((ReadOnlySpan<Position>)block.Positions)[..block.Count].CopyTo(positions.AsSpan(count));
            count += block.Count;
        }

        return positions;
    }

    /// <summary>Forgets all, and gives the blocks back.</summary>
    public void Clear(Slab<PositionBlock> blocks)
    {
        for (var next = _othersPlusOne; next != 0;)
        {
            var number = next - 1;
            next = blocks[number].NextPlusOne;
            blocks.Return(number);
        }

        this = default;
    }
}
