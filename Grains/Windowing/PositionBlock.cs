using System.Runtime.CompilerServices;
using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>Some of the positions of <see cref="PartitionPositions"/>, and where the rest is.</summary>
internal struct PositionBlock
{
    public const int Capacity = 7;

    public int Count;

    /// <summary>One more than the number of the next block; 0 when there is none.</summary>
    public int NextPlusOne;

    public Items Positions;

    [InlineArray(Capacity)]
    public struct Items
    {
        private Position _first;
    }
}
