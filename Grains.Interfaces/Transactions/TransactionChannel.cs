namespace Analytics.Transactions;

/// <summary>How the card was used. Numbers are those of <c>transaction.proto</c>; a number unknown here is kept as it is.</summary>
public enum TransactionChannel
{
    Unspecified = 0,
    CardPresent = 1,
    Ecommerce = 2,
    Atm = 3,
    Transfer = 4,
}
