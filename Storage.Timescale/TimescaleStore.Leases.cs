using Npgsql;

namespace Analytics.Storage.Timescale;

public sealed partial class TimescaleStore
{
    private const string DeleteOldLeases = "DELETE FROM silo_leases WHERE fenced_at < now() - INTERVAL '30 days'";

    private const string InsertLease = "INSERT INTO silo_leases (silo) VALUES ($1) ON CONFLICT DO NOTHING";

    /// <summary>Waits for a fence in progress, and then sees it: the condition is evaluated again once the lock is had.</summary>
    private const string LockOpenLease = "SELECT true FROM silo_leases WHERE silo = $1 AND fenced_at IS NULL FOR SHARE";

    /// <summary>In one order, so that silos that fence at the same time do not deadlock.</summary>
    private const string FenceLeases =
        """
        INSERT INTO silo_leases (silo, fenced_at)
        SELECT silo, now() FROM unnest($1) AS silo ORDER BY silo COLLATE "C"
        ON CONFLICT (silo) DO UPDATE SET fenced_at = excluded.fenced_at WHERE silo_leases.fenced_at IS NULL
        """;

    /// <summary>
    /// A silo that is frozen, or cut off, in the middle of a commit keeps its share lock for as long as it is; whoever waits for it would
    /// wait as long. Its server process has waited for it as long, and so shows itself. Other waiters, of whom some may fence as well, are left alone.
    /// </summary>
    private const string EndSilentHolders =
        """
        SELECT count(pg_terminate_backend(pid))
        FROM pg_stat_activity
        WHERE pid = ANY (pg_blocking_pids($1)) AND wait_event_type = 'Client' AND state_change < clock_timestamp() - $2
        """;

    // A commit of the largest group takes less.
    private static readonly TimeSpan PatienceWithSilentHolders = TimeSpan.FromSeconds(2);

    private volatile string? _lease;

    public async Task OpenLeaseAsync(string silo, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(silo);
        await Guard("open the silo's lease", async () =>
        {
            await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var delete = new NpgsqlCommand(DeleteOldLeases, connection))
            {
                await delete.ExecuteNonQueryAsync(cancellationToken);
            }

            await using (var insert = new NpgsqlCommand(InsertLease, connection))
            {
                insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = silo });
                await insert.ExecuteNonQueryAsync(cancellationToken);
            }

            await LockOpenLeaseAsync(connection, silo, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        });
        _lease = silo;
    }

    public async Task FenceAsync(IReadOnlyCollection<string> silos, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(silos);
        if (silos.Count == 0)
        {
            return;
        }

        await Guard($"fence {silos.Count} silos", async () =>
        {
            using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using var connection = await _dataSource.OpenConnectionAsync(abandon.Token);
            await using var fence = new NpgsqlCommand(FenceLeases, connection);
            fence.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. silos] });
            var fencing = fence.ExecuteNonQueryAsync(abandon.Token);
            try
            {
                while (await Task.WhenAny(fencing, Task.Delay(PatienceWithSilentHolders, abandon.Token)) != fencing)
                {
                    await EndSilentHoldersAsync(connection.ProcessID, abandon.Token);
                }
            }
            catch
            {
                await abandon.CancelAsync();
                await ((Task)fencing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            return await fencing;
        });
    }

    private async Task EndSilentHoldersAsync(int waiter, CancellationToken cancellationToken)
    {
        await using var command = _dataSource.CreateCommand(EndSilentHolders);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = waiter });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = PatienceWithSilentHolders });
        await command.ExecuteScalarAsync(cancellationToken);
    }

    private Task CheckLeaseAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        _lease is { } silo ? LockOpenLeaseAsync(connection, silo, cancellationToken) : Task.CompletedTask;

    private static async Task LockOpenLeaseAsync(NpgsqlConnection connection, string silo, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockOpenLease, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = silo });
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
        {
            throw new SiloFencedException($"Silo {silo} was declared dead by its cluster and may not write; start a new one.");
        }
    }
}
