using Orleans.Runtime;

namespace Analytics.Placement;

/// <summary>An account belongs on the silo that reads the partition which its id hashes to; see <see cref="HomePlacementDirector"/>.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class HomePlacement : PlacementStrategy
{
    public static HomePlacement Singleton { get; } = new();
}
