using Analytics.Transactions;
using Analytics.Windowing;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Windowing;

public sealed class PackedTransactionTests
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
        PackedTransaction packed = default;
        packed.Set(transaction);
        Assert.Equal(transaction, packed.Get());
        Assert.Equal(transaction.OccurredAtMicros, packed.OccurredAtMicros);
    }

    [Fact]
    public void The_next_one_is_all_that_is_left_whether_it_is_shorter_or_longer()
    {
        PackedTransaction packed = default;
        Assert.True(packed.IsEmpty);
        Assert.Null(packed.Get());
        Assert.Equal(UnixMicros.None, packed.OccurredAtMicros);
        foreach (var id in (string[])["medium-sized", "s", "as long as none of those before it"])
        {
            packed.Set(At(Noon, id: id));
            Assert.False(packed.IsEmpty);
            Assert.Equal(At(Noon, id: id), packed.Get());
        }
    }

    [Fact]
    public void One_that_fits_in_takes_no_new_memory()
    {
        PackedTransaction packed = default;
        packed.Set(At(Noon, id: "the longer one"));
        var shorter = At(Noon, id: "the short one");
        packed.Set(shorter);
        var before = GC.GetAllocatedBytesForCurrentThread();
        packed.Set(shorter);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
