using System.Globalization;
using System.Runtime.CompilerServices;
using Analytics.Transactions;
using Analytics.Windowing;
using Npgsql;

namespace Analytics.Storage.Timescale;

public sealed partial class TimescaleStore
{
    /// <summary>
    /// The longest wait of a commit with new buckets for one lock of another transaction. Then it fails with
    /// <see cref="StoreUnavailableException"/>, and is repeated.
    /// </summary>
    internal TimeSpan LongestLockWait { get; init; } = TimeSpan.FromSeconds(15);

    public Task CommitBucketsAsync(
        IReadOnlyList<BucketRow> accounts, IReadOnlyList<BucketRow> merchants, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(accounts);
        ArgumentNullException.ThrowIfNull(merchants);
        if (accounts.Count == 0 && merchants.Count == 0)
        {
            return Task.CompletedTask;
        }

        return Guard($"commit {accounts.Count} account and {merchants.Count} merchant buckets", async () =>
        {
            await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await CheckLeaseAsync(connection, cancellationToken);
            // Always accounts before merchants, new rows before others, and each in key order: two silos then lock rows in one order, but
            // for a row that was wrongly called new, and the server ends a deadlock.
            await WriteAsync(connection, BucketTable.Of(EntityKind.Account), accounts, cancellationToken);
            await WriteAsync(connection, BucketTable.Of(EntityKind.Merchant), merchants, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        });
    }

    // A row that is appended waits for another transaction that writes the same key, where no token reaches it.
    private async Task BoundWaitsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {LongestLockWait.TotalMilliseconds:F0}"), connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task WriteAsync(
        NpgsqlConnection connection, BucketTable table, IReadOnlyList<BucketRow> rows, CancellationToken cancellationToken)
    {
        // Rows are large structs, so their indexes are sorted and not the rows.
        var inMemory = rows as ArraySegment<BucketRow>? ?? new([.. rows]);
        var order = InKeyOrder(inMemory);
        var added = Array.FindAll(order, index => inMemory.Array![index].IsNew);
        if (added.Length > 0)
        {
            await BoundWaitsAsync(connection, cancellationToken);
            try
            {
                await CopyAsync(connection, table.Append, inMemory.Array!, added, cancellationToken);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                throw new StoreUnavailableException(
                    $"TimescaleDB at {_faults.Address} already has a bucket that was called new, for example from a commit whose answer was lost. "
                    + "The next try writes over it.",
                    exception);
            }
        }

        if (added.Length < order.Length)
        {
            var others = added.Length == 0 ? order : Array.FindAll(order, index => !inMemory.Array![index].IsNew);
            await UpsertAsync(connection, table, inMemory.Array!, others, cancellationToken);
        }
    }

    private static async Task UpsertAsync(
        NpgsqlConnection connection, BucketTable table, BucketRow[] rows, int[] indexes, CancellationToken cancellationToken)
    {
        await using (var create = new NpgsqlCommand(table.CreateStaging, connection))
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        await CopyAsync(connection, table.Copy, rows, indexes, cancellationToken);
        await using var upsert = new NpgsqlCommand(table.Upsert, connection);
        await upsert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string statement, BucketRow[] rows, int[] indexes, CancellationToken cancellationToken)
    {
        await using var copy = await BinaryCopyWriter.BeginAsync(connection, statement, cancellationToken);
        foreach (var index in indexes)
        {
            WriteRow(copy, in rows[index]);
            if (copy.ShouldSend)
            {
                await copy.SendAsync(cancellationToken);
            }
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private static int[] InKeyOrder(ArraySegment<BucketRow> rows)
    {
        var array = rows.Array!;
        var order = new int[rows.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = rows.Offset + i;
        }

        Array.Sort(order, (left, right) =>
        {
            ref readonly var a = ref array[left];
            ref readonly var b = ref array[right];
            var byId = string.CompareOrdinal(a.EntityId, b.EntityId);
            var byMinute = byId != 0 ? byId : a.WindowStartMinute.CompareTo(b.WindowStartMinute);
            return byMinute != 0 ? byMinute : string.CompareOrdinal(a.Currency, b.Currency);
        });
        return order;
    }

    // Runs for every row, so it is optimized at its first call and not after a while.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteRow(BinaryCopyWriter copy, in BucketRow row)
    {
        var totals = row.Totals;
        copy.StartRow(BucketTable.ColumnCount);
        copy.Write(row.EntityId);
        copy.WriteTimestamp(checked(row.WindowStartMinute * UnixMicros.PerMinute));
        copy.Write(row.Currency);
        copy.Write(totals.Count);
        copy.Write(totals.ApprovedCount);
        copy.Write(totals.DeclinedCount);
        copy.Write(totals.ReversedCount);
        copy.Write(totals.DebitMinor);
        copy.Write(totals.DebitCount);
        copy.Write(totals.CreditMinor);
        copy.Write(totals.CreditCount);
        if (totals.DebitCount == 0)
        {
            copy.WriteNull();
            copy.WriteNull();
        }
        else
        {
            copy.Write(totals.MinMinor);
            copy.Write(totals.MaxMinor);
        }

        copy.StartBigintArray(row.Sources.Length * 3);
        foreach (var source in row.Sources)
        {
            copy.Write(source.Epoch);
            copy.Write((long)source.Partition);
            copy.Write(source.Offset);
        }

        copy.Write(row.LastTransaction.ToMessage());
    }
}
