using Analytics.V1;
using Google.Protobuf.WellKnownTypes;

namespace Analytics.Transactions;

/// <summary>From a valid transaction back to its wire form.</summary>
public static class TransactionMessages
{
    public static Transaction ToMessage(this CardTransaction transaction)
    {
        var seconds = Math.DivRem(transaction.OccurredAtMicros, UnixMicros.PerSecond, out var micros);
        if (micros < 0)
        {
            (seconds, micros) = (seconds - 1, micros + UnixMicros.PerSecond);
        }

        return new()
        {
            TransactionId = transaction.TransactionId,
            AccountId = transaction.AccountId,
            MerchantId = transaction.MerchantId,
            AmountMinor = transaction.AmountMinor,
            Currency = transaction.Currency,
            OccurredAt = new Timestamp { Seconds = seconds, Nanos = (int)micros * 1_000 },
            Type = (Transaction.Types.Type)transaction.Type,
            Status = (Transaction.Types.Status)transaction.Status,
            Category = transaction.Category,
            Country = transaction.Country,
            Channel = (Transaction.Types.Channel)transaction.Channel,
        };
    }
}
