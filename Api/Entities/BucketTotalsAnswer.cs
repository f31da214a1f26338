using System.ComponentModel;
using Analytics.Windowing;

namespace Analytics.Api.Entities;

/// <summary>A window's totals with what is derived of them. Amounts are in the currency's minor unit.</summary>
[Description("Totals of one window. Amounts are in the currency's minor unit (ISO 4217 exponent).")]
internal sealed record BucketTotalsAnswer(
    [property: Description("Every accepted transaction.")] long Count,
    long ApprovedCount,
    long DeclinedCount,
    long ReversedCount,
    [property: Description("Approved purchases, withdrawals, outgoing transfers and fees.")] long DebitMinor,
    long DebitCount,
    [property: Description("Approved refunds, deposits, incoming transfers and chargebacks.")] long CreditMinor,
    long CreditCount,
    [property: Description("Smallest approved debit; null when there is none.")] long? MinMinor,
    [property: Description("Largest approved debit; null when there is none.")] long? MaxMinor,
    [property: Description("debitMinor / debitCount; null when there is no debit.")] double? AvgDebitMinor,
    [property: Description("declinedCount / count, 0 to 1; null when the window is empty.")] double? DeclineRate)
{
    public static BucketTotalsAnswer From(in BucketTotals totals)
    {
        var hasDebit = totals.DebitCount != 0;
        return new(
            totals.Count,
            totals.ApprovedCount,
            totals.DeclinedCount,
            totals.ReversedCount,
            totals.DebitMinor,
            totals.DebitCount,
            totals.CreditMinor,
            totals.CreditCount,
            hasDebit ? totals.MinMinor : null,
            hasDebit ? totals.MaxMinor : null,
            hasDebit ? (double)totals.DebitMinor / totals.DebitCount : null,
            totals.Count != 0 ? (double)totals.DeclinedCount / totals.Count : null);
    }
}
