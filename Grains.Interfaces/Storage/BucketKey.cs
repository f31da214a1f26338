namespace Analytics.Storage;

/// <summary>The key of one row of <c>account_windows</c> or <c>merchant_windows</c>.</summary>
/// <param name="EntityId">The account's or merchant's id.</param>
/// <param name="Currency">ISO 4217 alphabetic code.</param>
/// <param name="WindowStartMinute">Start of the bucket in minutes since the Unix epoch.</param>
public readonly record struct BucketKey(string EntityId, string Currency, long WindowStartMinute);
