using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Analytics.Transactions;

namespace Analytics.Api.Transactions;

/// <summary>A transaction in JSON, as it is sent and as it is answered.</summary>
internal sealed record TransactionItem
{
    [Description("Unique; the idempotency key: the same id sent again is counted as a duplicate and dropped.")]
    [MinLength(1), MaxLength(TransactionValidator.MaxFieldLength)]
    public required string TransactionId { get; init; }

    [MinLength(1), MaxLength(TransactionValidator.MaxFieldLength)]
    public required string AccountId { get; init; }

    [Description("Any printable characters, '/' and ' ' included.")]
    [MinLength(1), MaxLength(TransactionValidator.MaxFieldLength)]
    public required string MerchantId { get; init; }

    [Description("In the currency's minor unit (ISO 4217 exponent): 1234 is 12.34 EUR, 1234 JPY or 1.234 KWD. A refund is a type, not a sign.")]
    [Range(0, long.MaxValue)]
    public required long AmountMinor { get; init; }

    [Description("ISO 4217 alphabetic code, in capitals.")]
    [MinLength(3), MaxLength(3)]
    public required string Currency { get; init; }

    [Description("Event time, RFC 3339; at most 5 minutes ahead of the clock. Kept to the microsecond.")]
    public required DateTimeOffset OccurredAt { get; init; }

    public required TransactionType Type { get; init; }

    public required TransactionStatus Status { get; init; }

    [Description("Merchant category code or free text.")]
    [MaxLength(TransactionValidator.MaxFieldLength)]
    public string? Category { get; init; }

    [Description("ISO 3166-1 alpha-2.")]
    [MaxLength(2)]
    public string? Country { get; init; }

    public TransactionChannel? Channel { get; init; }

    public static TransactionItem From(CardTransaction transaction) => new()
    {
        TransactionId = transaction.TransactionId,
        AccountId = transaction.AccountId,
        MerchantId = transaction.MerchantId,
        AmountMinor = transaction.AmountMinor,
        Currency = transaction.Currency,
        OccurredAt = transaction.OccurredAt,
        Type = transaction.Type,
        Status = transaction.Status,
        Category = transaction.Category.Length == 0 ? null : transaction.Category,
        Country = transaction.Country.Length == 0 ? null : transaction.Country,
        Channel = transaction.Channel == TransactionChannel.Unspecified ? null : transaction.Channel,
    };
}
