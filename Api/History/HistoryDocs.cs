namespace Analytics.Api.History;

/// <summary>What the OpenAPI document says of the history routes.</summary>
internal static class HistoryDocs
{
    public const string Description =
        "Read from the store: up to a few seconds behind the live windows. Windows without a transaction are left out, so an id that was never "
        + "seen has none. A range holds at most 10,000 windows; when several currencies make it more, the answer ends early and nextFrom "
        + "says where to go on.";

    public const string From = "RFC 3339, inclusive; 24 hours before 'to' when absent.";
    public const string To = "RFC 3339, exclusive; now when absent.";
    public const string Step = "Width of a window, aligned to UTC: 1m, 1h (default) or 1d.";
    public const string Currency = "ISO 4217 alphabetic code; all currencies when absent.";
}
