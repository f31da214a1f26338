using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Storage;

/// <summary>The absolute value of one bucket as the stores keep it: one row of <c>account_windows</c> or <c>merchant_windows</c>.</summary>
/// <param name="EntityId">The account's or merchant's id.</param>
/// <param name="Currency">ISO 4217 alphabetic code.</param>
/// <param name="WindowStartMinute">Start of the bucket in minutes since the Unix epoch.</param>
/// <param name="Totals">The bucket's value.</param>
/// <param name="Sources">The last position of each partition that the value includes, in no order; never empty.</param>
/// <param name="LastTransaction">
/// A transaction of this bucket: the entity's last one if that is in it, so that an activation can name it without a second query.
/// </param>
/// <param name="IsNew">
/// Whether the store is believed to hold no row of this key: it may then append the row without a look, and refuse the commit when there is one.
/// No store gives it back.
/// </param>
public readonly record struct BucketRow(
    string EntityId,
    string Currency,
    long WindowStartMinute,
    BucketTotals Totals,
    Position[] Sources,
    CardTransaction LastTransaction,
    bool IsNew = false);
