namespace Analytics.Storage;

/// <summary>What the store holds of one entity from a given minute on; empty for an entity that was never seen.</summary>
/// <param name="EntityId">The account's or merchant's id.</param>
/// <param name="Buckets">Its buckets from that minute on and, when those are none, its newest bucket; ordered by window start.</param>
public readonly record struct EntityState(string EntityId, IReadOnlyList<BucketRow> Buckets);
