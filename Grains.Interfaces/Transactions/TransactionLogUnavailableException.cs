namespace Analytics.Transactions;

/// <summary>The log did not acknowledge in time. Sending the same transaction_id again is safe: deduplication drops the second.</summary>
public sealed class TransactionLogUnavailableException(string message, Exception innerException) : Exception(message, innerException);
