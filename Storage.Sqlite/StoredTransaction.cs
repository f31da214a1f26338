using Analytics.Transactions;
using Analytics.V1;

namespace Analytics.Storage.Sqlite;

/// <summary>
/// Back from the protobuf of <c>last_transaction</c>. Nothing is validated: what was valid when it was stored must stay readable when
/// the rules change.
/// </summary>
internal static class StoredTransaction
{
    public static CardTransaction Parse(byte[] protobuf)
    {
        var message = Transaction.Parser.ParseFrom(protobuf);
        return new()
        {
            TransactionId = message.TransactionId,
            AccountId = message.AccountId,
            MerchantId = message.MerchantId,
            AmountMinor = message.AmountMinor,
            Currency = Currency(message.Currency),
            OccurredAtMicros = (message.OccurredAt.Seconds * UnixMicros.PerSecond) + (message.OccurredAt.Nanos / 1_000),
            Type = (TransactionType)message.Type,
            Status = (TransactionStatus)message.Status,
            Category = message.Category,
            Country = message.Country,
            Channel = (TransactionChannel)message.Channel,
        };
    }

    /// <summary>One instance for each known code; a code that was withdrawn from the list since it was stored is kept as it is.</summary>
    public static string Currency(string code) => Iso4217.IsKnown(code) ? Iso4217.Intern(code) : code;
}
