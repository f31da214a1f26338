namespace Analytics.Storage;

/// <summary>A transaction id that deduplication still remembers.</summary>
/// <param name="TransactionId">The idempotency key.</param>
/// <param name="IngestedAtMicros">When it was read, microseconds since the Unix epoch.</param>
public readonly record struct RecentTransactionId(string TransactionId, long IngestedAtMicros);
