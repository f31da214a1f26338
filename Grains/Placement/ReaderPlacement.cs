using Orleans.Runtime;

namespace Analytics.Placement;

/// <summary>A partition is handled on the silo that reads it; see <see cref="ReaderPlacementDirector"/>.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class ReaderPlacement : PlacementStrategy
{
    public static ReaderPlacement Singleton { get; } = new();
}
