using Analytics.Transactions;

namespace Analytics.Tests.Windowing;

/// <summary>Makes transactions for tests.</summary>
internal static class Transactions
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static CardTransaction At(
        DateTimeOffset occurredAt,
        long amountMinor = 100,
        string account = "a",
        string merchant = "m",
        string currency = "GBP",
        TransactionType type = TransactionType.Purchase,
        TransactionStatus status = TransactionStatus.Approved,
        string? id = null) => new()
        {
            TransactionId = id ?? Guid.NewGuid().ToString("N"),
            AccountId = account,
            MerchantId = merchant,
            AmountMinor = amountMinor,
            Currency = currency,
            OccurredAtMicros = UnixMicros.From(occurredAt),
            Type = type,
            Status = status,
        };
}
