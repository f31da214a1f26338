using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class PartitionPositionsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(7, 3)]
    public void Each_partition_has_its_last_position(int first, int second)
    {
        var positions = new PartitionPositions();
        Assert.True(positions.IsEmpty);
        Assert.False(positions.TryGet(0, out _));
        Assert.Empty(positions.Copy(null));

        positions.Set(new(1, first, 5));
        Assert.False(positions.IsEmpty);
        Assert.False(positions.TryGet(second, out _));
        positions.Set(new(1, second, 6));
        positions.Set(new(2, first, 0));
        positions.Set(new(2, second, 1));
        positions.Set(new(1, 9, 4));

        Assert.True(positions.TryGet(first, out var found));
        Assert.Equal(new Position(2, first, 0), found);
        Assert.True(positions.TryGet(second, out found));
        Assert.Equal(new Position(2, second, 1), found);
        Assert.Equal([new(2, first, 0), new(2, second, 1), new(1, 9, 4)], positions.Copy(null));
        var reused = new Position[3];
        Assert.Same(reused, positions.Copy(reused));
        Assert.NotSame(reused, new PartitionPositions().Copy(reused));
    }
}
