using System.Data.Common;
using System.Globalization;
using Analytics.Transactions;

namespace Analytics.Storage;

/// <summary>Collects differences for a store: keeps the first ones, counts all. Also holds what the statements of both stores share.</summary>
/// <param name="limit">How many differences are kept.</param>
public sealed class ReconcileFindings(int limit)
{
    private static readonly string[] Comparable =
    [
        "count", "approved_count", "declined_count", "reversed_count", "debit_minor", "debit_count", "credit_minor", "credit_count",
        "min_minor", "max_minor", "sources",
    ];

    private readonly List<ReconcileDifference> _kept = [];
    private readonly Dictionary<string, long> _byTable = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>The compared columns of a window, in the order in which <see cref="AddWindow"/> expects them.</summary>
    public static IReadOnlyList<string> Fields => Comparable;

    /// <summary>The condition on a raw row of an approved debit.</summary>
    public static string IsDebit { get; } = IsApproved(
        TransactionType.Purchase, TransactionType.Withdrawal, TransactionType.TransferOut, TransactionType.Fee);

    /// <summary>The condition on a raw row of an approved credit.</summary>
    public static string IsCredit { get; } = IsApproved(
        TransactionType.Refund, TransactionType.Deposit, TransactionType.TransferIn, TransactionType.Chargeback);

    /// <summary>The bound of a range in microseconds since the Unix epoch: the start of the first minute at or after <paramref name="time"/>.</summary>
    public static long CeilingMinute(DateTimeOffset time)
    {
        var start = UnixMicros.MinuteOf(UnixMicros.From(time)) * UnixMicros.PerMinute;
        return UnixMicros.ToDateTimeOffset(start) < time ? start + UnixMicros.PerMinute : start;
    }

    /// <summary>
    /// Adds what a row of a comparison says. Its columns: id, window start, currency, whether it is stored, whether it is recomputed, then
    /// each of <see cref="Fields"/> as stored, then each as recomputed.
    /// </summary>
    /// <param name="table">The table of windows.</param>
    /// <param name="row">The row.</param>
    /// <param name="windowStartMicros">The row's window start.</param>
    public void AddWindow(string table, DbDataReader row, long windowStartMicros)
    {
        ArgumentNullException.ThrowIfNull(row);
        const int First = 5;
        var key = $"{row.GetString(0)} {row.GetString(2)} {UnixMicros.ToDateTimeOffset(windowStartMicros):yyyy-MM-ddTHH:mmZ}";
        if (!row.GetBoolean(3))
        {
            Add(new(table, key, ReconcileDifference.Row, null, $"count {Text(row, First + Comparable.Length)}"));
            return;
        }

        if (!row.GetBoolean(4))
        {
            Add(new(table, key, ReconcileDifference.Row, $"count {Text(row, First)}", null));
            return;
        }

        for (var i = 0; i < Comparable.Length; i++)
        {
            var (stored, recomputed) = (Text(row, First + i), Text(row, First + Comparable.Length + i));
            if (stored != recomputed)
            {
                Add(new(table, key, Comparable[i], stored, recomputed));
            }
        }
    }

    /// <summary>
    /// Adds what a partition's raw rows and its checkpoint say of each other. The row's columns: partition, epoch, whether there is a
    /// checkpoint, its offset, accepted and late; rows, late rows, largest offset (null without a row).
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="compareCounters">False when the rows are those of a range.</param>
    public void AddCheckpoint(DbDataReader row, bool compareCounters)
    {
        ArgumentNullException.ThrowIfNull(row);
        const string Table = "checkpoints";
        var key = $"partition {Text(row, 0)} epoch {Text(row, 1)}";
        if (!row.GetBoolean(2))
        {
            Add(new(Table, key, ReconcileDifference.Row, null, $"raw rows up to offset {Text(row, 8)}"));
            return;
        }

        if (!row.IsDBNull(8) && row.GetInt64(8) > row.GetInt64(3))
        {
            Add(new(Table, key, "offset", Text(row, 3), Text(row, 8)));
        }

        if (compareCounters)
        {
            AddCounter(row, Table, key, "accepted", 4);
            AddCounter(row, Table, key, "late", 5);
        }
    }

    /// <summary>Adds a position that has more than one raw row. The row's columns: epoch, partition, offset, number of rows.</summary>
    public void AddRepeatedRow(DbDataReader row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var position = new Position(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2));
        Add(new("transactions", position.ToString(), ReconcileDifference.Row, $"{Text(row, 3)} times", "once"));
    }

    /// <summary>The report with what was found.</summary>
    public ReconcileReport Report(
        long accountWindows, long merchantWindows, long inFlight, long rawRows, long lateRows, long checkpoints, bool countersCompared) => new(
        accountWindows, merchantWindows, inFlight, rawRows, lateRows, checkpoints, countersCompared, _count, _byTable, _kept);

    private void AddCounter(DbDataReader row, string table, string key, string name, int stored)
    {
        if (row.GetInt64(stored) != row.GetInt64(stored + 2))
        {
            Add(new(table, key, name, Text(row, stored), Text(row, stored + 2)));
        }
    }

    private void Add(ReconcileDifference difference)
    {
        _count++;
        _byTable[difference.Table] = _byTable.GetValueOrDefault(difference.Table) + 1;
        if (_kept.Count < limit)
        {
            _kept.Add(difference);
        }
    }

    private static string? Text(DbDataReader row, int ordinal) =>
        row.IsDBNull(ordinal) ? null : Convert.ToString(row.GetValue(ordinal), CultureInfo.InvariantCulture);

    private static string IsApproved(params TransactionType[] types) =>
        $"(status = {(int)TransactionStatus.Approved} AND type IN ({string.Join(", ", types.Select(type => (int)type))}))";
}
