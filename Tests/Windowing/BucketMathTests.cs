using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class BucketMathTests
{
    [Theory]
    [InlineData(TransactionType.Purchase, true)]
    [InlineData(TransactionType.Withdrawal, true)]
    [InlineData(TransactionType.TransferOut, true)]
    [InlineData(TransactionType.Fee, true)]
    [InlineData(TransactionType.Refund, false)]
    [InlineData(TransactionType.Deposit, false)]
    [InlineData(TransactionType.TransferIn, false)]
    [InlineData(TransactionType.Chargeback, false)]
    public void Add_puts_an_approved_amount_on_its_side(TransactionType type, bool isDebit)
    {
        var totals = new BucketTotals();
        BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, 250, type: type));

        var expected = isDebit
            ? new BucketTotals { Count = 1, ApprovedCount = 1, DebitMinor = 250, DebitCount = 1, MinMinor = 250, MaxMinor = 250 }
            : new BucketTotals { Count = 1, ApprovedCount = 1, CreditMinor = 250, CreditCount = 1 };
        Assert.Equal(expected, totals);
    }

    [Theory]
    [InlineData(TransactionStatus.Declined)]
    [InlineData(TransactionStatus.Reversed)]
    public void Add_moves_no_money_unless_approved(TransactionStatus status)
    {
        var totals = new BucketTotals();
        BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, 250, status: status));

        Assert.Equal(1, totals.Count);
        Assert.Equal(1, totals.DeclinedCount + totals.ReversedCount);
        Assert.Equal(0, totals.DebitMinor + totals.CreditMinor + totals.DebitCount + totals.CreditCount + totals.MinMinor + totals.MaxMinor);
    }

    [Fact]
    public void Add_counts_numbers_it_does_not_know_and_moves_no_money_for_them()
    {
        var totals = new BucketTotals();
        BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, type: (TransactionType)99));
        BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, status: (TransactionStatus)99));

        Assert.Equal(new BucketTotals { Count = 2, ApprovedCount = 1 }, totals);
    }

    [Fact]
    public void Add_saturates_and_says_so()
    {
        var totals = new BucketTotals();
        Assert.Equal(0, BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, long.MaxValue)));
        Assert.Equal(1, BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, 1)));

        Assert.Equal(long.MaxValue, totals.DebitMinor);
        Assert.Equal(2, totals.DebitCount);
        Assert.Equal(1, totals.MinMinor);
    }

    [Fact]
    public void Zero_is_an_amount_and_a_minimum()
    {
        var totals = new BucketTotals();
        BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, 5));
        BucketMath.Add(ref totals, Transactions.At(Transactions.Noon, 0));

        Assert.Equal((2, 0, 5), (totals.DebitCount, totals.MinMinor, totals.MaxMinor));
    }

    [Fact]
    public void Merge_takes_extremes_only_from_buckets_with_debits()
    {
        var sum = new BucketTotals();
        BucketMath.Merge(ref sum, new() { Count = 1, ApprovedCount = 1, CreditMinor = 9, CreditCount = 1 });
        BucketMath.Merge(ref sum, new() { Count = 1, ApprovedCount = 1, DebitMinor = 7, DebitCount = 1, MinMinor = 7, MaxMinor = 7 });
        BucketMath.Merge(ref sum, new() { Count = 1, DeclinedCount = 1 });

        Assert.Equal(
            new BucketTotals
            {
                Count = 3,
                ApprovedCount = 2,
                DeclinedCount = 1,
                DebitMinor = 7,
                DebitCount = 1,
                CreditMinor = 9,
                CreditCount = 1,
                MinMinor = 7,
                MaxMinor = 7,
            },
            sum);
    }
}
