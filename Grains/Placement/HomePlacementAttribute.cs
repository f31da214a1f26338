using Orleans.Placement;

namespace Analytics.Placement;

/// <summary>Places a grain by <see cref="HomePlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class HomePlacementAttribute() : PlacementAttribute(HomePlacement.Singleton);
