using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Integration;

/// <summary>What a file amounts to, computed straight from its rows without the program's arithmetic.</summary>
internal static class Expected
{
    public static Dictionary<TKey, BucketTotals> GroupBy<TKey>(IEnumerable<CardTransaction> rows, Func<CardTransaction, TKey> key)
        where TKey : notnull =>
        rows.GroupBy(key).ToDictionary(g => g.Key, g => Sum([.. g]));

    private static BucketTotals Sum(IReadOnlyCollection<CardTransaction> rows)
    {
        var debits = rows.Where(r => r is { Status: TransactionStatus.Approved, Type: TransactionType.Purchase }).Select(r => r.AmountMinor).ToList();
        var credits = rows.Where(r => r is { Status: TransactionStatus.Approved, Type: TransactionType.Refund }).Select(r => r.AmountMinor).ToList();
        return new()
        {
            Count = rows.Count,
            ApprovedCount = rows.Count(r => r.Status == TransactionStatus.Approved),
            DeclinedCount = rows.Count(r => r.Status == TransactionStatus.Declined),
            ReversedCount = rows.Count(r => r.Status == TransactionStatus.Reversed),
            DebitMinor = debits.Sum(),
            DebitCount = debits.Count,
            CreditMinor = credits.Sum(),
            CreditCount = credits.Count,
            MinMinor = debits.DefaultIfEmpty().Min(),
            MaxMinor = debits.DefaultIfEmpty().Max(),
        };
    }
}
