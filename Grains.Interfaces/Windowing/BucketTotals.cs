using System.Runtime.InteropServices;

namespace Analytics.Windowing;

/// <summary>
/// The stored fields of one bucket (entity, currency, UTC minute), and of any sum of buckets of one currency.
/// Amounts are in the currency's minor unit. A sum that would overflow an int64 saturates.
/// </summary>
[GenerateSerializer]
[StructLayout(LayoutKind.Auto)]
public record struct BucketTotals
{
    /// <summary>Every accepted transaction.</summary>
    [Id(0)] public long Count;

    [Id(1)] public long ApprovedCount;

    [Id(2)] public long DeclinedCount;

    [Id(3)] public long ReversedCount;

    /// <summary>Sum of approved purchases, withdrawals, outgoing transfers and fees.</summary>
    [Id(4)] public long DebitMinor;

    [Id(5)] public long DebitCount;

    /// <summary>Sum of approved refunds, deposits, incoming transfers and chargebacks.</summary>
    [Id(6)] public long CreditMinor;

    [Id(7)] public long CreditCount;

    /// <summary>Smallest approved debit; meaningful only when <see cref="DebitCount"/> is not 0, and 0 otherwise.</summary>
    [Id(8)] public long MinMinor;

    /// <summary>Largest approved debit; meaningful only when <see cref="DebitCount"/> is not 0, and 0 otherwise.</summary>
    [Id(9)] public long MaxMinor;
}
