using Analytics.Transactions;
using Analytics.Windowing;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Windowing;

public sealed class LastTransactionTests
{
    public static TheoryData<CardTransaction> Samples =>
    [
        At(Noon),
        At(Noon) with { AmountMinor = 0, Category = "5411", Country = "GB", Channel = TransactionChannel.Atm },
        At(DateTimeOffset.MinValue) with { AmountMinor = long.MaxValue, Currency = "KWD", TransactionId = new('t', 64) },
        At(Noon) with
        {
            TransactionId = "日本🛒",
            AccountId = new('é', 64),
            MerchantId = "sainsbury's s/mkts ",
            Type = (TransactionType)40_000,
            Status = (TransactionStatus)int.MaxValue,
            Channel = (TransactionChannel)(-1),
            Category = new('x', 200),
        },
    ];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_transaction_comes_back_with_every_field(CardTransaction transaction)
    {
        LastTransaction last = default;
        last.Pack(transaction);
        Assert.Equal(transaction, last.Get());
        Assert.Equal(transaction.OccurredAtMicros, last.OccurredAtMicros);

        last.Set(transaction);
        Assert.Same(transaction, last.Get());
        Assert.Equal(transaction.OccurredAtMicros, last.OccurredAtMicros);
    }

    [Fact]
    public void The_next_one_is_all_that_is_left_whether_it_is_shorter_or_longer()
    {
        LastTransaction last = default;
        Assert.Null(last.Get());
        Assert.Equal(UnixMicros.None, last.OccurredAtMicros);
        foreach (var id in (string[])["medium-sized", "s", "as long as none of those before it"])
        {
            last.Pack(At(Noon, id: id));
            Assert.Equal(At(Noon, id: id), last.Get());
        }
    }

    [Fact]
    public void One_that_fits_in_takes_no_new_memory()
    {
        LastTransaction last = default;
        last.Pack(At(Noon, id: "the longer one"));
        var shorter = At(Noon, id: "the short one");
        last.Pack(shorter);
        var before = GC.GetAllocatedBytesForCurrentThread();
        last.Pack(shorter);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
