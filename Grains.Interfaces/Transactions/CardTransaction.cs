namespace Analytics.Transactions;

/// <summary>A decoded and valid transaction. Immutable, so that grains of one silo share one instance.</summary>
[GenerateSerializer, Immutable]
public sealed record CardTransaction
{
    /// <summary>The idempotency key; 1 to 64 characters.</summary>
    [Id(0)] public required string TransactionId { get; init; }

    /// <summary>1 to 64 characters; also the Kafka key.</summary>
    [Id(1)] public required string AccountId { get; init; }

    /// <summary>1 to 64 printable characters, '/' and ' ' included.</summary>
    [Id(2)] public required string MerchantId { get; init; }

    /// <summary>At least 0, in the currency's minor unit.</summary>
    [Id(3)] public required long AmountMinor { get; init; }

    /// <summary>ISO 4217 alphabetic code, upper case.</summary>
    [Id(4)] public required string Currency { get; init; }

    /// <summary>Event time in microseconds since the Unix epoch, UTC: the precision every store keeps.</summary>
    [Id(5)] public required long OccurredAtMicros { get; init; }

    [Id(6)] public required TransactionType Type { get; init; }

    [Id(7)] public required TransactionStatus Status { get; init; }

    /// <summary>Merchant category code or free text, at most 64 characters; empty when absent.</summary>
    [Id(8)] public string Category { get; init; } = "";

    /// <summary>ISO 3166-1 alpha-2; empty when absent.</summary>
    [Id(9)] public string Country { get; init; } = "";

    [Id(10)] public TransactionChannel Channel { get; init; }

    /// <summary>Event time.</summary>
    public DateTimeOffset OccurredAt => UnixMicros.ToDateTimeOffset(OccurredAtMicros);
}
