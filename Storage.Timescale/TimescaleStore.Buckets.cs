using System.Runtime.CompilerServices;
using Analytics.Transactions;
using Analytics.Windowing;
using Npgsql;

namespace Analytics.Storage.Timescale;

public sealed partial class TimescaleStore
{
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

            // Always accounts before merchants, and each in key order: two silos then lock rows in one order and cannot deadlock.
            await UpsertAsync(connection, BucketTable.Of(EntityKind.Account), accounts, cancellationToken);
            await UpsertAsync(connection, BucketTable.Of(EntityKind.Merchant), merchants, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        });
    }

    private static async Task UpsertAsync(
        NpgsqlConnection connection, BucketTable table, IReadOnlyList<BucketRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return;
        }

        await using (var create = new NpgsqlCommand(table.CreateStaging, connection))
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var copy = await BinaryCopyWriter.BeginAsync(connection, table.Copy, cancellationToken))
        {
            // Rows are large structs, so their indexes are sorted and not the rows.
            var inMemory = rows as ArraySegment<BucketRow>? ?? new([.. rows]);
            foreach (var index in InKeyOrder(inMemory))
            {
                WriteRow(copy, in inMemory.Array![index]);
                if (copy.ShouldSend)
                {
                    await copy.SendAsync(cancellationToken);
                }
            }

            await copy.CompleteAsync(cancellationToken);
        }

        await using var upsert = new NpgsqlCommand(table.Upsert, connection);
        await upsert.ExecuteNonQueryAsync(cancellationToken);
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
