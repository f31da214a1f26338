namespace Analytics.Transactions;

/// <summary>The stable codes of dead-letter reasons.</summary>
public static class DeadLetterReasons
{
    private static readonly string[] Codes =
    [
        "undecodable", "missing_field", "field_too_long", "negative_amount", "unknown_currency", "type_unspecified",
        "status_unspecified", "event_time_in_future", "key_mismatch",
    ];

    /// <summary>The value of the header <c>dl-reason</c>, and the code that the API names for a bad item.</summary>
    public static string CodeOf(DeadLetterReason reason) => Codes[(int)reason];
}
