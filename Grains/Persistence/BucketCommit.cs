using Analytics.Storage;

namespace Analytics.Persistence;

/// <summary>What one commit of the write buffer writes.</summary>
/// <param name="Accounts">Account buckets, each key once.</param>
/// <param name="Merchants">Merchant buckets, each key once.</param>
/// <param name="Sequence">Durable up to here once all of it is written.</param>
internal sealed record BucketCommit(BucketRow[] Accounts, BucketRow[] Merchants, long Sequence);
