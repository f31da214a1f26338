using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public Task<IReadOnlyList<HistoryWindow>> ReadWindowsAsync(
        EntityKind kind,
        string entityId,
        DateTimeOffset from,
        DateTimeOffset to,
        HistoryStep step,
        string? currency,
        int limit,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entityId);
        var width = step switch
        {
            HistoryStep.Minute => TimeSpan.FromMinutes(1),
            HistoryStep.Hour => TimeSpan.FromHours(1),
            _ => TimeSpan.FromDays(1),
        };
        return _readers.RunAsync<IReadOnlyList<HistoryWindow>>(
            "read windows",
            session =>
            {
                var windows = new List<HistoryWindow>();
                using var reader = session.Bind(
                    BucketTable.Of(kind).History(step), entityId, CeilingMicros(from), CeilingMicros(to), currency, limit).ExecuteReader();
                while (reader.Read())
                {
                    var start = UnixMicros.ToDateTimeOffset(reader.GetInt64(1));
                    windows.Add(new HistoryWindow(
                        StoredTransaction.Currency(reader.GetString(0)), start, start + width, ReadTotals(reader, 2)));
                }

                return windows;
            },
            cancellationToken);
    }

    // Windows start at whole microseconds, so a bound between two of them is the same bound as the later one.
    private static long CeilingMicros(DateTimeOffset time)
    {
        var micros = UnixMicros.From(time);
        return UnixMicros.ToDateTimeOffset(micros) < time ? micros + 1 : micros;
    }
}
