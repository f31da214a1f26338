using Analytics.V1;

namespace Analytics.Silo.Traffic;

/// <summary>What was sent, per currency, for the closing summary. For one thread.</summary>
internal sealed class TrafficTotals
{
    private readonly SortedDictionary<string, (long Count, Int128 DebitMinor)> _byCurrency = new(StringComparer.Ordinal);

    /// <summary>By currency code; the debit is that of DESIGN.md: approved purchases, withdrawals, outgoing transfers and fees.</summary>
    public IReadOnlyDictionary<string, (long Count, Int128 DebitMinor)> ByCurrency => _byCurrency;

    public void Add(Transaction message)
    {
        _byCurrency.TryGetValue(message.Currency, out var totals);
        _byCurrency[message.Currency] = (totals.Count + 1, totals.DebitMinor + (IsDebit(message) ? message.AmountMinor : 0));
    }

    private static bool IsDebit(Transaction message) =>
        message.Status == Transaction.Types.Status.Approved
        && message.Type is Transaction.Types.Type.Purchase
            or Transaction.Types.Type.Withdrawal
            or Transaction.Types.Type.TransferOut
            or Transaction.Types.Type.Fee;
}
