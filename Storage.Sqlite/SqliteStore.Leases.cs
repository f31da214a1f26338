using System.Text.Json;
using Analytics.Transactions;

namespace Analytics.Storage.Sqlite;

public sealed partial class SqliteStore
{
    private const string DeleteOldLeases = "DELETE FROM silo_leases WHERE fenced_at < $0";

    private const string InsertLease = "INSERT INTO silo_leases (silo, opened_at) VALUES ($0, $1) ON CONFLICT DO NOTHING";

    private const string LeaseIsOpen = "SELECT EXISTS (SELECT 1 FROM silo_leases WHERE silo = $0 AND fenced_at IS NULL)";

    private const string FenceLeases =
        """
        INSERT INTO silo_leases (silo, opened_at, fenced_at)
        SELECT value, $1, $1 FROM json_each($0) WHERE true
        ON CONFLICT (silo) DO UPDATE SET fenced_at = excluded.fenced_at WHERE silo_leases.fenced_at IS NULL
        """;

    private static readonly TimeSpan FencedLeaseRetention = TimeSpan.FromDays(30);

    private volatile string? _lease;

    public async Task OpenLeaseAsync(string silo, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(silo);
        await _writer.RunAsync(
            "open the silo's lease",
            session => session.Transact(open =>
            {
                var now = DateTimeOffset.UtcNow;
                open.Bind(DeleteOldLeases, UnixMicros.From(now - FencedLeaseRetention)).ExecuteNonQuery();
                open.Bind(InsertLease, silo, UnixMicros.From(now)).ExecuteNonQuery();
                ThrowUnlessOpen(open, silo);
                return true;
            }),
            cancellationToken);
        _lease = silo;
    }

    /// <remarks>SQLite has one writer at a time, so a commit in flight has ended when this one begins.</remarks>
    public async Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(silos);
        if (silos.Count == 0)
        {
            return;
        }

        await _writer.RunAsync(
            $"fence {silos.Count} silos",
            session => session.Transact(open =>
            {
                open.Bind(FenceLeases, JsonSerializer.Serialize(silos), UnixMicros.From(DateTimeOffset.UtcNow)).ExecuteNonQuery();
                return true;
            }),
            cancellationToken);
    }

    private void CheckLease(SqliteSession session)
    {
        if (_lease is { } silo)
        {
            ThrowUnlessOpen(session, silo);
        }
    }

    private static void ThrowUnlessOpen(SqliteSession session, string silo)
    {
        if (session.Bind(LeaseIsOpen, silo).ExecuteScalar() is not 1L)
        {
            throw new SiloFencedException($"Silo {silo} was declared dead by its cluster and may not write; start a new one.");
        }
    }
}
