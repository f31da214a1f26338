using Analytics.Windowing;

namespace Analytics.Partitions;

/// <summary>Names one account or merchant.</summary>
internal readonly record struct EntityKey(EntityKind Kind, string Id);
