using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Storage;

/// <summary>Values for the store tests. The minute is an arbitrary one in 2026.</summary>
internal static class StoreSamples
{
    /// <summary>2026-01-15T00:00Z, the start of a day, in minutes since the Unix epoch.</summary>
    public const long Day = 29_474_400 - (29_474_400 % 1440);

    public static readonly IComparer<Position> ByPosition =
        Comparer<Position>.Create((a, b) => (a.Partition, a.Epoch, a.Offset).CompareTo((b.Partition, b.Epoch, b.Offset)));

    public static Checkpoint At(int partition, long epoch, long offset) => new(
        new Position(epoch, partition, offset), Micros(Day) + offset, new PartitionCounters(offset + 1, offset, 3, 4, 5));

    public static long Micros(long minute) => minute * UnixMicros.PerMinute;

    public static CardTransaction Transaction(string id, string account = "account", long minute = Day, long amount = 1_250) => new()
    {
        TransactionId = id,
        AccountId = account,
        MerchantId = "sainsburys s/mkts",
        AmountMinor = amount,
        Currency = "GBP",
        OccurredAtMicros = Micros(minute) + 1,
        Type = TransactionType.Purchase,
        Status = TransactionStatus.Approved,
        Category = "5411",
        Country = "GB",
        Channel = TransactionChannel.CardPresent,
    };

    public static RawRow[] Rows(int count, long firstOffset = 0, long ingestedAtMicros = 0) =>
    [
        .. Enumerable.Range(0, count).Select(i => new RawRow(
            Transaction($"t{firstOffset + i}"), firstOffset + i, ingestedAtMicros == 0 ? Micros(Day) + i : ingestedAtMicros, i % 7 == 0)),
    ];

    public static BucketRow Bucket(string id, long minute = Day, string currency = "GBP", long debit = 100) => new(
        id,
        currency,
        minute,
        new BucketTotals { Count = 2, ApprovedCount = 1, DeclinedCount = 1, DebitMinor = debit, DebitCount = 1, MinMinor = debit, MaxMinor = debit },
        [new Position(1, 0, 17)],
        Transaction("last", id, minute) with { Currency = currency });
}
