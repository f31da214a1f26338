using Analytics.Transactions;

namespace Analytics.Windowing;

internal static class EntityKinds
{
    /// <summary>The id of the entity of this kind that a transaction concerns.</summary>
    public static string IdIn(this EntityKind kind, CardTransaction transaction) =>
        kind == EntityKind.Account ? transaction.AccountId : transaction.MerchantId;
}
