namespace Analytics.Transactions;

/// <summary>Appends valid transactions to the log of record (the Kafka topic), keyed by account.</summary>
public interface ITransactionLog
{
    /// <summary>Completes when the log has acknowledged every one of them with acks=all.</summary>
    /// <exception cref="TransactionLogUnavailableException">One or more were not acknowledged in time; any may have been written.</exception>
    Task AppendAsync(IReadOnlyList<CardTransaction> transactions, CancellationToken cancellationToken);
}
