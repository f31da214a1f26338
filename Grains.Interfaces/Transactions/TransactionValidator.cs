using System.Text;
using Analytics.V1;

namespace Analytics.Transactions;

/// <summary>The rules a transaction must keep, the same for the stream and for the API.</summary>
public static class TransactionValidator
{
    /// <summary>Longest id and category, in characters (UTF-16 code units).</summary>
    public const int MaxFieldLength = 64;

    /// <summary>An event time that is further ahead of its record than this is refused: one such event would move stream time.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    // Event times before 1900 or after 9999 fit no store; the upper bound is covered by MaxAhead.
    private static readonly long MinSeconds = new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>Checks a decoded message.</summary>
    /// <param name="message">As it came from the wire.</param>
    /// <param name="writtenAt">When the record was written; the wall clock for one that is about to be.</param>
    /// <param name="transaction">The valid transaction, when there is no rejection.</param>
    /// <returns>Null when the transaction is valid, else the first rule it breaks.</returns>
    public static Rejection? Check(Transaction message, DateTimeOffset writtenAt, out CardTransaction? transaction)
    {
        transaction = null;
        var rejection = CheckFields(message) ?? CheckTime(message, writtenAt);
        if (rejection is null)
        {
            transaction = ToTransaction(message);
        }

        return rejection;
    }

    /// <summary>Checks that the record's Kafka key is the account id; a null key is accepted.</summary>
    public static Rejection? CheckKey(ReadOnlySpan<byte> key, bool keyIsNull, CardTransaction transaction)
    {
        if (keyIsNull)
        {
            return null;
        }

        // At most 64 UTF-16 code units are at most 192 bytes of UTF-8.
        Span<byte> expected = stackalloc byte[MaxFieldLength * 3];
        var length = Encoding.UTF8.GetBytes(transaction.AccountId, expected);
        return key.SequenceEqual(expected[..length])
            ? null
            : new(DeadLetterReason.KeyMismatch, $"The record's key ({key.Length} bytes) is not its account_id '{transaction.AccountId}'.");
    }

    /// <summary>Whether an event time breaks no rule.</summary>
    /// <param name="seconds">Whole seconds since the Unix epoch.</param>
    /// <param name="nanos">Nanoseconds within the second.</param>
    /// <param name="writtenAt">When the record was written; the wall clock for one that is about to be.</param>
    public static bool IsAcceptable(long seconds, int nanos, DateTimeOffset writtenAt) =>
        seconds <= writtenAt.Add(MaxAhead).ToUnixTimeSeconds() && seconds >= MinSeconds && nanos is >= 0 and <= 999_999_999;

    private static Rejection? CheckFields(Transaction message) =>
        CheckId("transaction_id", message.TransactionId)
        ?? CheckId("account_id", message.AccountId)
        ?? CheckId("merchant_id", message.MerchantId)
        ?? (message.Category.Length > MaxFieldLength ? TooLong("category", message.Category, MaxFieldLength) : null)
        ?? (message.Country.Length > 2 ? TooLong("country", message.Country, 2) : null)
        ?? (message.Category.Contains('\0') || message.Country.Contains('\0')
            ? new Rejection(DeadLetterReason.Undecodable, "category or country holds a NUL character.")
            : null)
        ?? (message.AmountMinor < 0
            ? new Rejection(DeadLetterReason.NegativeAmount, $"amount_minor is {message.AmountMinor}; a refund is a type, not a sign.")
            : null)
        ?? (message.Currency.Length == 0 ? Missing("currency") : null)
        ?? (!Iso4217.IsKnown(message.Currency)
            ? new Rejection(DeadLetterReason.UnknownCurrency, $"currency '{Shorten(message.Currency)}' is not an ISO 4217 alphabetic code.")
            : null)
        ?? (message.Type == Transaction.Types.Type.Unspecified
            ? new Rejection(DeadLetterReason.TypeUnspecified, "type is not set.")
            : null)
        ?? (message.Status == Transaction.Types.Status.Unspecified
            ? new Rejection(DeadLetterReason.StatusUnspecified, "status is not set.")
            : null);

    private static Rejection? CheckId(string field, string value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return Missing(field);
        }

        if (value.Length > MaxFieldLength)
        {
            return TooLong(field, value, MaxFieldLength);
        }

        foreach (var c in value)
        {
            // Control characters are no part of an id, and no store takes a NUL.
            if (char.IsControl(c))
            {
                return new(DeadLetterReason.Undecodable, $"{field} holds the control character U+{(int)c:X4}.");
            }
        }

        return null;
    }

    private static Rejection? CheckTime(Transaction message, DateTimeOffset writtenAt)
    {
        if (message.OccurredAt is not { } time)
        {
            return Missing("occurred_at");
        }

        if (time.Seconds > writtenAt.Add(MaxAhead).ToUnixTimeSeconds())
        {
            return new(
                DeadLetterReason.EventTimeInFuture,
                $"occurred_at is {time.Seconds} s since the Unix epoch, more than {MaxAhead.TotalMinutes:0} min ahead of {writtenAt.ToUnixTimeSeconds()} s, by which it is judged.");
        }

        return time.Seconds < MinSeconds || time.Nanos is < 0 or > 999_999_999
            ? new Rejection(DeadLetterReason.Undecodable, $"occurred_at ({time.Seconds} s, {time.Nanos} ns) is not a time after 1900.")
            : null;
    }

    private static CardTransaction ToTransaction(Transaction message) => new()
    {
        TransactionId = message.TransactionId,
        AccountId = message.AccountId,
        MerchantId = message.MerchantId,
        AmountMinor = message.AmountMinor,
        Currency = Iso4217.Intern(message.Currency),
        OccurredAtMicros = (message.OccurredAt.Seconds * UnixMicros.PerSecond) + (message.OccurredAt.Nanos / 1_000),
        Type = (TransactionType)message.Type,
        Status = (TransactionStatus)message.Status,
        Category = message.Category,
        Country = message.Country,
        Channel = (TransactionChannel)message.Channel,
    };

    private static Rejection Missing(string field) => new(DeadLetterReason.MissingField, $"{field} is missing.");

    private static Rejection TooLong(string field, string value, int limit) =>
        new(DeadLetterReason.FieldTooLong, $"{field} has {value.Length} characters; at most {limit} are allowed.");

    private static string Shorten(string value) => value.Length <= 8 ? value : value[..8] + "...";
}
