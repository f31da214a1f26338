namespace Analytics.Transactions;

/// <summary>The issuer's decision. Numbers are those of <c>transaction.proto</c>; a number unknown here is kept as it is.</summary>
public enum TransactionStatus
{
    Unspecified = 0,
    Approved = 1,
    Declined = 2,
    Reversed = 3,
}
