namespace Analytics.Api.OpenApi;

internal static class AsOfDocs
{
    public const string Description =
        "The instant to look from: 'now' or an RFC 3339 time; stream time (the largest event time accepted so far, but never ahead of the clock) when absent.";
}
