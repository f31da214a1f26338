using Analytics.Windowing;

namespace Analytics.Storage;

/// <summary>What the API reads of the past. Throws <see cref="StoreUnavailableException"/> when the store cannot answer.</summary>
public interface IHistoryReader
{
    /// <summary>The windows of one entity whose start lies in [<paramref name="from"/>, <paramref name="to"/>), by start, then currency.</summary>
    /// <param name="kind">Accounts or merchants.</param>
    /// <param name="entityId">The account's or merchant's id.</param>
    /// <param name="from">Inclusive.</param>
    /// <param name="to">Exclusive.</param>
    /// <param name="step">Width of a window.</param>
    /// <param name="currency">ISO 4217 alphabetic code; null for all.</param>
    /// <param name="limit">At most so many windows, the oldest.</param>
    /// <param name="cancellationToken">Abandons the query.</param>
    Task<IReadOnlyList<HistoryWindow>> ReadWindowsAsync(
        EntityKind kind,
        string entityId,
        DateTimeOffset from,
        DateTimeOffset to,
        HistoryStep step,
        string? currency,
        int limit,
        CancellationToken cancellationToken);
}
