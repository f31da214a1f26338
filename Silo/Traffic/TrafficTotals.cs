using Analytics.V1;

namespace Analytics.Silo.Traffic;

/// <summary>What was sent, per currency, for the closing summary. For one thread.</summary>
internal sealed class TrafficTotals
{
    /// <summary>Accounts and merchants that are counted one by one; later ones are hardly the busiest.</summary>
    private const int MaxEntities = 100_000;

    private readonly Dictionary<string, BusyEntity> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BusyEntity> _merchants = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (long Count, Int128 DebitMinor, Int128 CreditMinor)> _byCurrency = new(StringComparer.Ordinal);

    /// <summary>By currency code; the debit is that of DESIGN.md: approved purchases, withdrawals, outgoing transfers and fees;
    /// the credit approved refunds, deposits, incoming transfers and chargebacks.</summary>
    public IReadOnlyDictionary<string, (long Count, Int128 DebitMinor, Int128 CreditMinor)> ByCurrency => _byCurrency;

    /// <summary>The account with most transactions; null when nothing was sent.</summary>
    public BusyEntity? BusiestAccount => _accounts.Values.MaxBy(entity => entity.Count);

    /// <summary>The merchant with most transactions; null when nothing was sent.</summary>
    public BusyEntity? BusiestMerchant => _merchants.Values.MaxBy(entity => entity.Count);

    public void Add(Transaction message)
    {
        _byCurrency.TryGetValue(message.Currency, out var totals);
        _byCurrency[message.Currency] = (
            totals.Count + 1,
            totals.DebitMinor + (IsDebit(message) ? message.AmountMinor : 0),
            totals.CreditMinor + (IsCredit(message) ? message.AmountMinor : 0));
        Count(_accounts, message.AccountId, message);
        Count(_merchants, message.MerchantId, message);
    }

    private static bool IsDebit(Transaction message) =>
        message.Status == Transaction.Types.Status.Approved
        && message.Type is Transaction.Types.Type.Purchase
            or Transaction.Types.Type.Withdrawal
            or Transaction.Types.Type.TransferOut
            or Transaction.Types.Type.Fee;

    private static bool IsCredit(Transaction message) =>
        message.Status == Transaction.Types.Status.Approved
        && message.Type is Transaction.Types.Type.Refund
            or Transaction.Types.Type.Deposit
            or Transaction.Types.Type.TransferIn
            or Transaction.Types.Type.Chargeback;

    private static void Count(Dictionary<string, BusyEntity> entities, string id, Transaction message)
    {
        if (!entities.TryGetValue(id, out var entity))
        {
            if (entities.Count == MaxEntities)
            {
                return;
            }

            entities.Add(id, entity = new(id));
        }

        entity.Add(message.OccurredAt.ToDateTimeOffset());
    }
}
