using System.Net;
using System.Net.Sockets;
using Analytics.Storage;
using Analytics.Storage.Timescale;
using Analytics.Windowing;
using Npgsql;

namespace Analytics.Tests.Storage;

[Trait("Needs", "Servers")]
public sealed class TimescaleStoreTests : StoreContractTests
{
    private readonly TimescaleDatabase _database = new();

    protected override Task PrepareAsync() => _database.CreateAsync(Cancel);

    protected override IAnalyticsStore Open() => new TimescaleStore(_database.ConnectionString + ";Maximum Pool Size=4");

    protected override Task DropAsync() => _database.DropAsync();

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var store = new TimescaleStore($"Host=127.0.0.1;Port={port};Username=nobody;Password=secret;Database=analytics");

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadCheckpointsAsync(Cancel));

        Assert.Contains($"127.0.0.1:{port}/analytics", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:Timescale", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", thrown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.MigrateAsync(Cancel));
    }

    /// <summary>The server process of an attempt that was cut off holds its rows for as long as it does not know.</summary>
    [Fact]
    public async Task A_bucket_that_another_transaction_holds_is_not_waited_for_without_an_end()
    {
        using var store = new TimescaleStore(_database.ConnectionString) { LongestLockWait = TimeSpan.FromMilliseconds(300) };
        var bucket = StoreSamples.Bucket("held") with { IsNew = true };
        await using var holder = new NpgsqlConnection(_database.ConnectionString);
        await holder.OpenAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var hold = new NpgsqlCommand(
            $"""
            INSERT INTO account_windows (window_start, count, approved_count, declined_count, reversed_count, debit_minor, debit_count, credit_minor,
                                         credit_count, account_id, currency, sources, last_transaction)
            VALUES (to_timestamp({bucket.WindowStartMinute} * 60), 1, 1, 0, 0, 0, 0, 0, 0, 'held', '{bucket.Currency}', '{"{}"}', '')
            """,
            holder))
        {
            await hold.ExecuteNonQueryAsync(Cancel);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => store.CommitBucketsAsync([bucket], [], Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel));

        await transaction.RollbackAsync(Cancel);
        await store.CommitBucketsAsync([bucket], [], Cancel);
    }

    [Fact]
    public async Task Connections_that_the_server_ended_are_unavailable_and_then_replaced()
    {
        var first = StoreSamples.At(0, 1, 9);
        Assert.True(await Store.CommitCheckpointAsync(null, first, StoreSamples.Rows(10), Cancel));
        await Store.CommitBucketsAsync([StoreSamples.Bucket("before")], [], Cancel);

        await _database.DisconnectAsync(Cancel);
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => Store.CommitCheckpointAsync(first, StoreSamples.At(0, 1, 19), StoreSamples.Rows(10, 10), Cancel));

        Assert.True(await Store.CommitCheckpointAsync(first, StoreSamples.At(0, 1, 19), StoreSamples.Rows(10, 10), Cancel));
        await Store.CommitBucketsAsync([StoreSamples.Bucket("after")], [], Cancel);
        Assert.Equal(20, (await Store.ReadRecentTransactionIdsAsync(0, 0, 100, Cancel)).Count);
    }

    [Fact]
    public async Task A_server_that_ends_in_the_middle_of_commits_neither_loses_nor_doubles()
    {
        const int Commits = 60;
        var seed = Environment.TickCount;
        Checkpoint? stored = null;
        var unavailable = 0;
        var attempt = 0;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var breaker = Task.Run(
            async () =>
            {
                var random = new Random(seed);
                while (!over.IsCancellationRequested)
                {
                    await _database.DisconnectAsync(CancellationToken.None);

                    // Breaks meet every part of a commit, and leave a commit that keeps failing more and more time: on a machine that is
                    // busy it takes longer than any fixed pause.
                    await Task.Delay(random.Next(1, 6 + (5 * Volatile.Read(ref attempt))), CancellationToken.None);
                }
            },
            Cancel);

        for (var commit = 0; commit < Commits; commit++)
        {
            var next = StoreSamples.At(0, 1, (commit * 500) + 499);
            for (Volatile.Write(ref attempt, 0); ; Volatile.Write(ref attempt, attempt + 1))
            {
                try
                {
                    Assert.True(
                        await Store.CommitCheckpointAsync(stored, next, StoreSamples.Rows(500, commit * 500), Cancel),
                        $"Seed {seed}: the stored checkpoint is not the one before commit {commit}.");
                    break;
                }
                catch (StoreUnavailableException) when (attempt < 1_000)
                {
                    unavailable++;
                }
            }

            stored = next;
        }

        await over.CancelAsync();
        await breaker;
        Assert.True(unavailable > 0, $"Seed {seed} broke no commit.");

        var count = await _database.ScalarAsync<long>("SELECT count(*) FROM transactions", Cancel);
        var distinct = await _database.ScalarAsync<long>("SELECT count(DISTINCT kafka_offset) FROM transactions", Cancel);
        Assert.Equal((Commits * 500, Commits * 500), (count, distinct));
    }

    [Fact]
    public async Task A_fence_waits_for_a_commit_that_works()
    {
        await Store.OpenLeaseAsync("silo@1", Cancel);
        await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
        await LockLeaseAsync(connection);
        var commit = Task.Run(() => ExecuteAsync(connection, "SELECT pg_sleep(4)", "UPDATE silo_leases SET opened_at = 'epoch'", "COMMIT"), Cancel);

        await Store.FenceAsync(["silo@1"], Cancel);

        await commit;
        Assert.True(await _database.ScalarAsync<bool>("SELECT opened_at = 'epoch' AND fenced_at IS NOT NULL FROM silo_leases", Cancel));
        await Assert.ThrowsAsync<SiloFencedException>(() => Store.CommitBucketsAsync([StoreSamples.Bucket("a")], [], Cancel));
    }

    [Fact]
    public async Task A_silo_frozen_in_the_middle_of_a_commit_does_not_hold_up_its_fence()
    {
        await Store.OpenLeaseAsync("silo@1", Cancel);
        await using var idle = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await idle.OpenAsync(Cancel);
        await LockLeaseAsync(idle);
        await using var copying = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await copying.OpenAsync(Cancel);
        await LockLeaseAsync(copying);
        await ExecuteAsync(copying, "CREATE TEMP TABLE staged (value int)");
        var copy = await copying.BeginRawBinaryCopyAsync("COPY staged FROM STDIN (FORMAT binary)", Cancel);

        await Store.FenceAsync(["silo@1"], Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(idle, "COMMIT"));
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await copy.DisposeAsync();
            await ExecuteAsync(copying, "COMMIT");
        });
        await Assert.ThrowsAsync<SiloFencedException>(() => Store.CommitBucketsAsync([StoreSamples.Bucket("a")], [], Cancel));
    }

    [Fact]
    public async Task A_read_only_server_is_unavailable()
    {
        using var store = new TimescaleStore(_database.ConnectionString + ";Options=-c default_transaction_read_only=on");

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => store.CommitBucketsAsync([StoreSamples.Bucket("a")], [], Cancel));

        Assert.Contains("primary", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_waits_too_long_for_a_lock_is_unavailable()
    {
        var stored = StoreSamples.At(0, 1, 9);
        Assert.True(await Store.CommitCheckpointAsync(null, stored, [], Cancel));
        await using var holder = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await holder.OpenAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var hold = new NpgsqlCommand("LOCK TABLE checkpoints", holder, transaction))
        {
            await hold.ExecuteNonQueryAsync(Cancel);
        }

        await using var store = new TimescaleStore(_database.ConnectionString + ";Command Timeout=1");
        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => store.CommitCheckpointAsync(stored, StoreSamples.At(0, 1, 19), [], Cancel));
        Assert.Contains("Command Timeout", thrown.Message, StringComparison.Ordinal);

        await transaction.RollbackAsync(Cancel);
        Assert.True(await store.CommitCheckpointAsync(stored, StoreSamples.At(0, 1, 19), [], Cancel));
    }

    [Fact]
    public async Task A_missing_table_is_a_fault_of_the_program()
    {
        await using var store = new TimescaleStore(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Database = "postgres" }.ConnectionString);

        await Assert.ThrowsAsync<PostgresException>(() => store.ReadCheckpointsAsync(Cancel));
    }

    [Fact]
    public async Task Raw_rows_and_buckets_are_readable_as_the_columns_say()
    {
        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(3, 2, 0), StoreSamples.Rows(1), Cancel));
        await Store.CommitBucketsAsync([StoreSamples.Bucket("a/b ü")], [], Cancel);

        Assert.Equal(
            "t0|account|sainsburys s/mkts|1250|GBP|2026-01-15 00:00:00.000001+00|1|1|5411|GB|1|3|2|0|2026-01-15 00:00:00+00|t",
            await _database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', transaction_id, account_id, merchant_id, amount_minor, currency, occurred_at AT TIME ZONE 'UTC' || '+00', type,
                    status, category, country, channel, kafka_partition, epoch, kafka_offset, ingested_at AT TIME ZONE 'UTC' || '+00', late)
                FROM transactions
                """,
                Cancel));
        Assert.Equal(
            "a/b ü|GBP|2026-01-15 00:00:00|2|100|100|{1,0,17}",
            await _database.ScalarAsync<string>(
                "SELECT concat_ws('|', account_id, currency, window_start AT TIME ZONE 'UTC', count, debit_minor, min_minor, sources) FROM account_windows",
                Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Username=me")]
    [InlineData("Host=here;Nonsense=1")]
    public void A_wrong_connection_string_stops_the_start(string connectionString) =>
        Assert.ThrowsAny<ArgumentException>(() => new TimescaleStore(connectionString));

    private static Task LockLeaseAsync(NpgsqlConnection connection) =>
        ExecuteAsync(connection, "BEGIN", "SELECT FROM silo_leases WHERE silo = 'silo@1' AND fenced_at IS NULL FOR SHARE");

    private static async Task ExecuteAsync(NpgsqlConnection connection, params string[] statements)
    {
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }
}
