using System.Runtime.CompilerServices;
using Analytics.Transactions;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Storage.Timescale;

public sealed partial class TimescaleStore
{
    private const string ReadCheckpoints =
        """
        SELECT DISTINCT ON (partition)
               partition, epoch, "offset", stream_time, accepted, late, duplicates, dead_lettered, saturated
        FROM checkpoints
        ORDER BY partition, epoch DESC
        """;

    private const string CopyTransactions =
        """
        COPY transactions (occurred_at, ingested_at, epoch, kafka_offset, amount_minor, kafka_partition, type, status, channel, late,
                           transaction_id, account_id, merchant_id, currency, category, country)
        FROM STDIN (FORMAT binary)
        """;

    private const short TransactionColumns = 16;

    private const string RecentTransactionIds =
        """
        SELECT transaction_id, ingested_at
        FROM transactions
        WHERE kafka_partition = $1 AND ingested_at >= $2
        ORDER BY epoch DESC, kafka_offset DESC
        LIMIT $3
        """;

    public Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken) =>
        Guard<IReadOnlyList<Checkpoint>>("read the checkpoints", async () =>
        {
            await using var command = _dataSource.CreateCommand(ReadCheckpoints);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var checkpoints = new List<Checkpoint>();
            while (await reader.ReadAsync(cancellationToken))
            {
                checkpoints.Add(new Checkpoint(
                    new Position(reader.GetInt64(1), reader.GetInt32(0), reader.GetInt64(2)),
                    reader.IsDBNull(3) ? UnixMicros.None : Timestamps.Read(reader, 3),
                    new PartitionCounters(
                        reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8))));
            }

            return checkpoints;
        });

    public Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (expected is { } before && (before.Position.Partition != next.Position.Partition || !next.Position.IsAfter(before.Position)))
        {
            throw new ArgumentException($"A checkpoint does not move from {before.Position} to {next.Position}.", nameof(next));
        }

        return Guard($"commit {rows.Count} raw rows and the checkpoint {next.Position}", async () =>
        {
            await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await CheckLeaseAsync(connection, cancellationToken);

            // Then the checkpoint: its row lock makes a second owner wait here, before it has sent a single raw row.
            if (!await MoveCheckpointAsync(connection, expected, next, cancellationToken))
            {
                return await WasCommittedBeforeAsync(connection, next, cancellationToken);
            }

            if (rows.Count > 0)
            {
                await CopyTransactionsAsync(connection, next.Position, rows, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return true;
        });
    }

    public Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken) =>
        Guard<IReadOnlyList<RecentTransactionId>>("read recent transaction ids", async () =>
        {
            await using var command = _dataSource.CreateCommand(RecentTransactionIds);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = partition });
            command.Parameters.Add(Timestamps.Parameter(sinceMicros));
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var newestFirst = new List<RecentTransactionId>();
            while (await reader.ReadAsync(cancellationToken))
            {
                newestFirst.Add(new RecentTransactionId(reader.GetString(0), Timestamps.Read(reader, 1)));
            }

            newestFirst.Reverse();
            return newestFirst;
        });

    private async Task<bool> MoveCheckpointAsync(
        NpgsqlConnection connection, Checkpoint? expected, Checkpoint next, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CheckpointStatements.Move(expected, next), connection);
        AddCheckpoint(command.Parameters, next);
        if (expected is { } before)
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before.Position.Epoch });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before.Position.Offset });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// A connection can break after the server has committed and before it has said so. The caller repeats such a call, as the port
    /// allows, and must then not take its own checkpoint for another owner's.
    /// </summary>
    private async Task<bool> WasCommittedBeforeAsync(NpgsqlConnection connection, Checkpoint next, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CheckpointStatements.IsStored, connection);
        AddCheckpoint(command.Parameters, next);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private void AddCheckpoint(NpgsqlParameterCollection parameters, Checkpoint checkpoint)
    {
        parameters.Add(new NpgsqlParameter<int> { TypedValue = checkpoint.Position.Partition });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Position.Epoch });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Position.Offset });
        parameters.Add(checkpoint.StreamTimeMicros == UnixMicros.None
            ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }
            : Timestamps.Parameter(checkpoint.StreamTimeMicros));
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Counters.Accepted });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Counters.Late });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Counters.Duplicates });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Counters.DeadLettered });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Counters.Saturated });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _writer });
    }

    private static async Task CopyTransactionsAsync(
        NpgsqlConnection connection, Position upTo, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken)
    {
        await using var copy = await BinaryCopyWriter.BeginAsync(connection, CopyTransactions, cancellationToken);
        for (var i = 0; i < rows.Count; i++)
        {
            WriteRow(copy, upTo, rows[i]);
            if (copy.ShouldSend)
            {
                await copy.SendAsync(cancellationToken);
            }
        }

        await copy.CompleteAsync(cancellationToken);
    }

    // Runs for every row, so it is optimized at its first call and not after a while.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void WriteRow(BinaryCopyWriter copy, Position upTo, in RawRow row)
    {
        var transaction = row.Transaction;
        copy.StartRow(TransactionColumns);
        copy.WriteTimestamp(transaction.OccurredAtMicros);
        copy.WriteTimestamp(row.IngestedAtMicros);
        copy.Write(upTo.Epoch);
        copy.Write(row.Offset);
        copy.Write(transaction.AmountMinor);
        copy.Write(upTo.Partition);
        copy.Write((int)transaction.Type);
        copy.Write((int)transaction.Status);
        copy.Write((int)transaction.Channel);
        copy.Write(row.Late);
        copy.Write(transaction.TransactionId);
        copy.Write(transaction.AccountId);
        copy.Write(transaction.MerchantId);
        copy.Write(transaction.Currency);
        copy.Write(transaction.Category);
        copy.Write(transaction.Country);
    }
}
