namespace Analytics.Transactions;

/// <summary>What moved the money. Numbers are those of <c>transaction.proto</c>; a number unknown here is kept as it is.</summary>
public enum TransactionType
{
    Unspecified = 0,
    Purchase = 1,
    Refund = 2,
    Withdrawal = 3,
    Deposit = 4,
    TransferOut = 5,
    TransferIn = 6,
    Fee = 7,
    Chargeback = 8,
}
