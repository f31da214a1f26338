using Microsoft.Data.Sqlite;

namespace Analytics.Storage.Sqlite;

/// <summary>Reconciles a SQLite file on a connection of its own, in one read transaction.</summary>
/// <param name="path">The database file; it is not made when it does not exist.</param>
internal sealed class SqliteReconciler(string path) : IReconciler
{
    private const int GenericError = 1;

    // Sorts of many rows belong into temporary files and not into memory, unlike in the store's own sessions.
    private const string Settings =
        """
        PRAGMA query_only = ON;
        PRAGMA temp_store = FILE;
        PRAGMA cache_size = -65536;
        """;

    private readonly string _path = Path.GetFullPath(path);

    public Task<ReconcileReport> ReconcileAsync(
        DateTimeOffset? from, DateTimeOffset? to, int maxDifferences, CancellationToken cancellationToken) => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Reconcile(from, to, new ReconcileFindings(maxDifferences), cancellationToken);
                }
                catch (Exception exception) when (SqliteFaults.Translate(exception, _path, "reconcile") is { } unavailable)
                {
                    throw unavailable;
                }
                catch (SqliteException exception) when (
                    exception.SqliteErrorCode == GenericError && exception.Message.Contains("no such table", StringComparison.Ordinal))
                {
                    throw new StoreUnavailableException(
                        $"SQLite at {_path} could not reconcile: it has no tables. Check Storage:Path, or run migrate.", exception);
                }
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    private ReconcileReport Reconcile(
        DateTimeOffset? from, DateTimeOffset? to, ReconcileFindings findings, CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        Run(connection, Settings, 0, 0, _ => { }, cancellationToken);
        using var snapshot = connection.BeginTransaction(deferred: true);
        var fromMicros = from is { } first ? ReconcileFindings.CeilingMinute(first) : long.MinValue;
        var toMicros = to is { } end ? ReconcileFindings.CeilingMinute(end) : long.MaxValue;
        var countersCompared = from is null && to is null;

        (long All, long Special) Totals(string sql)
        {
            var totals = (0L, 0L);
            Run(connection, sql, fromMicros, toMicros, row => totals = (row.GetInt64(0), row.GetInt64(1)), cancellationToken);
            return totals;
        }

        var raw = Totals(ReconcileStatements.RawTotals);
        var accounts = Totals(ReconcileStatements.WindowTotals("account"));
        var merchants = Totals(ReconcileStatements.WindowTotals("merchant"));
        var checkpoints = 0L;
        Run(connection, ReconcileStatements.Checkpoints, fromMicros, toMicros, row =>
        {
            checkpoints += row.GetBoolean(2) ? 1 : 0;
            findings.AddCheckpoint(row, countersCompared);
        }, cancellationToken);
        Run(connection, ReconcileStatements.RepeatedRows, fromMicros, toMicros, findings.AddRepeatedRow, cancellationToken);
        foreach (var entity in (ReadOnlySpan<string>)["account", "merchant"])
        {
            var table = $"{entity}_windows";
            Run(
                connection,
                ReconcileStatements.Windows(entity),
                fromMicros,
                toMicros,
                row => findings.AddWindow(table, row, row.GetInt64(1)),
                cancellationToken);
        }

        return findings.Report(
            accounts.All, merchants.All, accounts.Special + merchants.Special, raw.All, raw.Special, checkpoints, countersCompared);
    }

    private static void Run(
        SqliteConnection connection, string sql, long fromMicros, long toMicros, Action<SqliteDataReader> each, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (sql.Contains("$0", StringComparison.Ordinal))
        {
            command.Parameters.AddWithValue("$0", fromMicros);
            command.Parameters.AddWithValue("$1", toMicros);
        }

        // SQLite's own calls know no token; an interrupt ends the one that runs.
        using var registration = cancellationToken.Register(() => SQLitePCL.raw.sqlite3_interrupt(connection.Handle));
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                each(reader);
            }
        }
        catch (SqliteException) when (cancellationToken.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }
}
