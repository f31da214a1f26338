using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class PartitionPositionsTests
{
    private readonly Slab<PositionBlock> _blocks = new(chunkLength: 2);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(7, 3)]
    public void Each_partition_has_its_last_position(int first, int second)
    {
        var positions = new PartitionPositions();
        Assert.True(positions.IsEmpty);
        Assert.False(positions.TryGet(_blocks, 0, out _));
        Assert.Empty(positions.Copy(_blocks, null));

        positions.Set(_blocks, new(1, first, 5));
        Assert.False(positions.IsEmpty);
        Assert.False(positions.TryGet(_blocks, second, out _));
        positions.Set(_blocks, new(1, second, 6));
        positions.Set(_blocks, new(2, first, 0));
        positions.Set(_blocks, new(2, second, 1));
        positions.Set(_blocks, new(1, 9, 4));

        Assert.True(positions.TryGet(_blocks, first, out var found));
        Assert.Equal(new Position(2, first, 0), found);
        Assert.True(positions.TryGet(_blocks, second, out found));
        Assert.Equal(new Position(2, second, 1), found);
        Assert.Equal([new(2, first, 0), new(2, second, 1), new(1, 9, 4)], positions.Copy(_blocks, null));
        var reused = new Position[3];
        Assert.Same(reused, positions.Copy(_blocks, reused));
        Assert.NotSame(reused, new PartitionPositions().Copy(_blocks, reused));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public void There_is_room_for_every_partition_and_it_is_given_back(int partitions)
    {
        var positions = new PartitionPositions();
        for (var round = 0; round < 2; round++)
        {
            for (var partition = 0; partition < partitions; partition++)
            {
                positions.Set(_blocks, new(1, partition, (round * 1_000) + partition));
            }
        }

        Assert.Equal(Enumerable.Range(0, partitions).Select(p => new Position(1, p, 1_000 + p)), positions.Copy(_blocks, null));
        Assert.True(positions.TryGet(_blocks, partitions - 1, out var last));
        Assert.Equal(1_000 + partitions - 1, last.Offset);
        Assert.False(positions.TryGet(_blocks, partitions, out _));
        Assert.NotEqual(0, _blocks.Count);

        positions.Clear(_blocks);
        Assert.Equal(0, _blocks.Count);
        Assert.Empty(positions.Copy(_blocks, null));
    }
}
