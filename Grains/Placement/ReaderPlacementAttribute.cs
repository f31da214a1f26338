using Orleans.Placement;

namespace Analytics.Placement;

/// <summary>Places a grain by <see cref="ReaderPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReaderPlacementAttribute() : PlacementAttribute(ReaderPlacement.Singleton);
