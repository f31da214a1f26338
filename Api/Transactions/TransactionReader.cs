using System.Text.Json;
using Analytics.Api.Parameters;
using Analytics.Transactions;
using Analytics.V1;
using Google.Protobuf.WellKnownTypes;

namespace Analytics.Api.Transactions;

/// <summary>
/// Reads one JSON item into the protobuf message, so that <see cref="TransactionValidator"/> judges it as it judges the stream's records.
/// Unknown members are ignored, so that clients can be newer than we are; of a member that occurs twice the last counts.
/// </summary>
internal static class TransactionReader
{
    private static readonly EnumNames<Transaction.Types.Type> Types = new();
    private static readonly EnumNames<Transaction.Types.Status> Statuses = new();
    private static readonly EnumNames<Transaction.Types.Channel> Channels = new();

    /// <param name="reader">Stands on the item's first token, and on its last when this returns.</param>
    /// <param name="now">The wall clock.</param>
    /// <param name="transaction">The valid transaction, when there is no rejection.</param>
    /// <returns>Null when the item is valid.</returns>
    /// <exception cref="JsonException">This is not JSON.</exception>
    public static Rejection? Read(ref Utf8JsonReader reader, DateTimeOffset now, out CardTransaction? transaction)
    {
        transaction = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return Undecodable("The item is not an object.");
        }

        var message = new Transaction();
        Rejection? first = null;
        var hasAmount = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref reader);
            reader.Read();
            if (field == Field.Unknown || reader.TokenType == JsonTokenType.Null)
            {
                reader.Skip();
                continue;
            }

            hasAmount |= field == Field.AmountMinor;
            var rejection = ReadField(ref reader, field, message);
            first ??= rejection;
        }

        return first
            ?? WithNames(TransactionValidator.Check(message, now, out transaction))
            ?? (hasAmount ? null : new Rejection(DeadLetterReason.MissingField, "amount_minor is missing."));
    }

    // The validator knows no JSON names.
    private static Rejection? WithNames(Rejection? rejection) => rejection?.Reason switch
    {
        DeadLetterReason.TypeUnspecified => rejection with { Detail = $"type is not set; it is one of {Types.List}." },
        DeadLetterReason.StatusUnspecified => rejection with { Detail = $"status is not set; it is one of {Statuses.List}." },
        _ => rejection,
    };

    private static Field FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("transactionId"u8) ? Field.TransactionId
        : reader.ValueTextEquals("accountId"u8) ? Field.AccountId
        : reader.ValueTextEquals("merchantId"u8) ? Field.MerchantId
        : reader.ValueTextEquals("amountMinor"u8) ? Field.AmountMinor
        : reader.ValueTextEquals("currency"u8) ? Field.Currency
        : reader.ValueTextEquals("occurredAt"u8) ? Field.OccurredAt
        : reader.ValueTextEquals("type"u8) ? Field.Type
        : reader.ValueTextEquals("status"u8) ? Field.Status
        : reader.ValueTextEquals("category"u8) ? Field.Category
        : reader.ValueTextEquals("country"u8) ? Field.Country
        : reader.ValueTextEquals("channel"u8) ? Field.Channel
        : Field.Unknown;

    private static Rejection? ReadField(ref Utf8JsonReader reader, Field field, Transaction message)
    {
        if (field == Field.AmountMinor)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var amount))
            {
                message.AmountMinor = amount;
                return null;
            }

            reader.Skip();
            return Undecodable($"amountMinor is not a whole number of at most {long.MaxValue}; it is in the currency's minor unit.");
        }

        if (!TryGetText(ref reader, out var text))
        {
            return Undecodable($"{NameOf(field)} is not a string of valid Unicode.");
        }

        switch (field)
        {
            case Field.TransactionId:
                message.TransactionId = text;
                return null;
            case Field.AccountId:
                message.AccountId = text;
                return null;
            case Field.MerchantId:
                message.MerchantId = text;
                return null;
            case Field.Currency:
                message.Currency = text;
                return null;
            case Field.Category:
                message.Category = text;
                return null;
            case Field.Country:
                message.Country = text;
                return null;
            case Field.OccurredAt:
                return ReadTime(text, message);
            case Field.Type:
                message.Type = Types.Find(text, out var noType);
                return Unless(noType, "type", Types.List);
            case Field.Status:
                message.Status = Statuses.Find(text, out var noStatus);
                return Unless(noStatus, "status", Statuses.List);
            default:
                message.Channel = Channels.Find(text, out var noChannel);
                return Unless(noChannel, "channel", Channels.List);
        }
    }

    private static Rejection? ReadTime(string text, Transaction message)
    {
        if (!Rfc3339.TryParse(text, out var time))
        {
            return Undecodable("occurredAt is not an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z.");
        }

        message.OccurredAt = Timestamp.FromDateTimeOffset(time);
        return null;
    }

    private static bool TryGetText(ref Utf8JsonReader reader, out string text)
    {
        text = "";
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return false;
        }

        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // The bytes are no UTF-8, or an escape is half of a surrogate pair.
            return false;
        }
    }

    private static Rejection? Unless(bool isUnknown, string field, string names) =>
        isUnknown ? Undecodable($"{field} is none of {names}.") : null;

    private static Rejection Undecodable(string detail) => new(DeadLetterReason.Undecodable, detail);

    private static string NameOf(Field field) => char.ToLowerInvariant(field.ToString()[0]) + field.ToString()[1..];

    private enum Field
    {
        Unknown,
        TransactionId,
        AccountId,
        MerchantId,
        AmountMinor,
        Currency,
        OccurredAt,
        Type,
        Status,
        Category,
        Country,
        Channel,
    }
}
