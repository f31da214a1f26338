using Analytics.Storage;

namespace Analytics.Api.History;

/// <summary>The windows that one answer holds.</summary>
/// <param name="Query">What was asked.</param>
/// <param name="Windows">By start, then currency; of a start either every currency or none.</param>
/// <param name="NextFrom">Where to go on when the answer had to end early; null when it is complete.</param>
internal sealed record HistoryPage(HistoryQuery Query, IReadOnlyList<HistoryWindow> Windows, DateTimeOffset? NextFrom)
{
    /// <summary>Cuts what was read with a limit of one more than <see cref="HistoryQuery.MaxWindows"/>.</summary>
    public static HistoryPage From(HistoryQuery query, IReadOnlyList<HistoryWindow> read)
    {
        if (read.Count <= HistoryQuery.MaxWindows)
        {
            return new(query, read, null);
        }

        // A start with some of its currencies missing would look like a start without them. There are fewer currencies than MaxWindows, so
        // at least one start is complete.
        var next = read[HistoryQuery.MaxWindows].Start;
        return new(query, [.. read.TakeWhile(window => window.Start < next)], next);
    }
}
