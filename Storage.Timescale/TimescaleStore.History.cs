using Analytics.Transactions;
using Analytics.Windowing;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Storage.Timescale;

public sealed partial class TimescaleStore
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
        return Guard<IReadOnlyList<HistoryWindow>>("read windows", async () =>
        {
            await using var command = _dataSource.CreateCommand(BucketTable.Of(kind).History(step));
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entityId });
            command.Parameters.Add(Timestamps.Parameter(CeilingMicros(from)));
            command.Parameters.Add(Timestamps.Parameter(CeilingMicros(to)));
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)currency ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });

            var windows = new List<HistoryWindow>();
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var start = UnixMicros.ToDateTimeOffset(Timestamps.Read(reader, 1));
                windows.Add(new HistoryWindow(
                    StoredTransaction.Currency(reader.GetString(0)), start, start + width, ReadTotals(reader, 2)));
            }

            return windows;
        });
    }

    // Windows start at whole microseconds, so a bound between two of them is the same bound as the later one.
    private static long CeilingMicros(DateTimeOffset time)
    {
        var micros = UnixMicros.From(time);
        return UnixMicros.ToDateTimeOffset(micros) < time ? micros + 1 : micros;
    }
}
