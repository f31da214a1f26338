using System.Data;
using Npgsql;

namespace Analytics.Storage.Timescale;

/// <summary>Reconciles a TimescaleDB database in one read-only snapshot, on connections of its own.</summary>
internal sealed class TimescaleReconciler : IReconciler, IAsyncDisposable, IDisposable
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly TimescaleFaults _faults;

    /// <param name="connectionString">Npgsql's keywords, as for the store.</param>
    /// <exception cref="ArgumentException">The connection string cannot be parsed or names no host.</exception>
    public TimescaleReconciler(string connectionString)
    {
        var settings = ConnectionSettings.Parse(connectionString);
        _faults = new TimescaleFaults(settings);
        _dataSource = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    public async Task<ReconcileReport> ReconcileAsync(
        DateTimeOffset? from, DateTimeOffset? to, int maxDifferences, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(from, to, new ReconcileFindings(maxDifferences), cancellationToken);
        }
        catch (PostgresException exception) when (
            exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidCatalogName)
        {
            throw new StoreUnavailableException(
                $"TimescaleDB at {_faults.Address} could not reconcile: {exception.MessageText}. Check ConnectionStrings:Timescale, or run migrate.",
                exception);
        }
        catch (Exception exception) when (
            exception is not OperationCanceledException && _faults.Translate(exception, "reconcile") is { } unavailable)
        {
            throw unavailable;
        }
    }

    public ValueTask DisposeAsync() => _dataSource.DisposeAsync();

    public void Dispose() => _dataSource.Dispose();

    private async Task<ReconcileReport> ReadAsync(
        DateTimeOffset? from, DateTimeOffset? to, ReconcileFindings findings, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (var readOnly = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection))
        {
            await readOnly.ExecuteNonQueryAsync(cancellationToken);
        }

        var fromMicros = from is { } first ? ReconcileFindings.CeilingMinute(first) : long.MinValue;
        var toMicros = to is { } end ? ReconcileFindings.CeilingMinute(end) : long.MaxValue;
        var countersCompared = from is null && to is null;
        Task Run(string sql, Action<NpgsqlDataReader> each) => RunAsync(connection, sql, fromMicros, toMicros, each, cancellationToken);
        async Task<(long All, long Special)> Totals(string sql)
        {
            var totals = (0L, 0L);
            await Run(sql, row => totals = (row.GetInt64(0), row.GetInt64(1)));
            return totals;
        }

        var raw = await Totals(ReconcileStatements.RawTotals);
        var accounts = await Totals(ReconcileStatements.WindowTotals("account"));
        var merchants = await Totals(ReconcileStatements.WindowTotals("merchant"));
        var checkpoints = 0L;
        await Run(ReconcileStatements.Checkpoints, row =>
        {
            checkpoints += row.GetBoolean(2) ? 1 : 0;
            findings.AddCheckpoint(row, countersCompared);
        });
        await Run(ReconcileStatements.RepeatedRows, findings.AddRepeatedRow);
        foreach (var entity in new[] { "account", "merchant" })
        {
            await Run(
                ReconcileStatements.Windows(entity), row => findings.AddWindow($"{entity}_windows", row, Timestamps.Read(row, 1)));
        }

        return findings.Report(
            accounts.All, merchants.All, accounts.Special + merchants.Special, raw.All, raw.Special, checkpoints, countersCompared);
    }

    private static async Task RunAsync(
        NpgsqlConnection connection,
        string sql,
        long fromMicros,
        long toMicros,
        Action<NpgsqlDataReader> each,
        CancellationToken cancellationToken)
    {
        // A comparison of everything takes as long as it takes.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Timestamps.Parameter(fromMicros));
        command.Parameters.Add(Timestamps.Parameter(toMicros));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            each(reader);
        }
    }
}
