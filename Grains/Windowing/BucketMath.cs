using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>How a transaction changes a bucket, and how buckets add up (DESIGN.md section 3, Metrics).</summary>
internal static class BucketMath
{
    /// <summary>Adds one transaction.</summary>
    /// <returns>How many sums saturated instead of overflowing: 0 or 1.</returns>
    public static int Add(ref BucketTotals totals, CardTransaction transaction)
    {
        totals.Count++;
        switch (transaction.Status)
        {
            case TransactionStatus.Approved:
                totals.ApprovedCount++;
                return AddApproved(ref totals, transaction);
            case TransactionStatus.Declined:
                totals.DeclinedCount++;
                return 0;
            case TransactionStatus.Reversed:
                totals.ReversedCount++;
                return 0;
            default:
                // A status newer than this program: counted, and part of no sum whose meaning it might change.
                return 0;
        }
    }

    /// <summary>Adds the value of one bucket to another of the same currency.</summary>
    public static void Merge(ref BucketTotals into, in BucketTotals other)
    {
        if (other.DebitCount > 0)
        {
            into.MinMinor = into.DebitCount == 0 ? other.MinMinor : Math.Min(into.MinMinor, other.MinMinor);
            into.MaxMinor = into.DebitCount == 0 ? other.MaxMinor : Math.Max(into.MaxMinor, other.MaxMinor);
        }

        into.Count += other.Count;
        into.ApprovedCount += other.ApprovedCount;
        into.DeclinedCount += other.DeclinedCount;
        into.ReversedCount += other.ReversedCount;
        into.DebitCount += other.DebitCount;
        into.CreditCount += other.CreditCount;
        AddSaturating(ref into.DebitMinor, other.DebitMinor);
        AddSaturating(ref into.CreditMinor, other.CreditMinor);
    }

    private static int AddApproved(ref BucketTotals totals, CardTransaction transaction)
    {
        var amountMinor = transaction.AmountMinor;
        switch (transaction.Type)
        {
            case TransactionType.Purchase:
            case TransactionType.Withdrawal:
            case TransactionType.TransferOut:
            case TransactionType.Fee:
                totals.MinMinor = totals.DebitCount == 0 ? amountMinor : Math.Min(totals.MinMinor, amountMinor);
                totals.MaxMinor = totals.DebitCount == 0 ? amountMinor : Math.Max(totals.MaxMinor, amountMinor);
                totals.DebitCount++;
                return AddSaturating(ref totals.DebitMinor, amountMinor);
            case TransactionType.Refund:
            case TransactionType.Deposit:
            case TransactionType.TransferIn:
            case TransactionType.Chargeback:
                totals.CreditCount++;
                return AddSaturating(ref totals.CreditMinor, amountMinor);
            default:
                // A type newer than this program moves money in a direction that is not known here.
                return 0;
        }
    }

    // Amounts are never negative, so a sum that got smaller has overflowed.
    private static int AddSaturating(ref long sumMinor, long amountMinor)
    {
        var next = unchecked(sumMinor + amountMinor);
        if (next < sumMinor)
        {
            sumMinor = long.MaxValue;
            return 1;
        }

        sumMinor = next;
        return 0;
    }
}
