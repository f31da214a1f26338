using Analytics.Transactions;
using Microsoft.Data.Sqlite;

namespace Analytics.Storage.Sqlite;

public sealed partial class SqliteStore
{
    private const string ReadCheckpoints =
        """
        SELECT partition, epoch, "offset", stream_time, accepted, late, duplicates, dead_lettered, saturated
        FROM checkpoints AS stored
        WHERE epoch = (SELECT max(newest.epoch) FROM checkpoints AS newest WHERE newest.partition = stored.partition)
        ORDER BY partition
        """;

    private const string InsertTransaction =
        """
        INSERT INTO transactions (occurred_at, ingested_at, epoch, kafka_offset, amount_minor, kafka_partition, type, status, channel, late,
                                  transaction_id, account_id, merchant_id, currency, category, country)
        VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """;

    private const string RecentTransactionIds =
        """
        SELECT transaction_id, ingested_at
        FROM transactions
        WHERE kafka_partition = $0 AND ingested_at >= $1
        ORDER BY epoch DESC, kafka_offset DESC
        LIMIT $2
        """;

    public Task<IReadOnlyList<Checkpoint>> ReadCheckpointsAsync(CancellationToken cancellationToken) =>
        _readers.RunAsync<IReadOnlyList<Checkpoint>>(
            "read the checkpoints",
            session =>
            {
                using var reader = session.Bind(ReadCheckpoints).ExecuteReader();
                var checkpoints = new List<Checkpoint>();
                while (reader.Read())
                {
                    checkpoints.Add(ReadCheckpoint(reader));
                }

                return checkpoints;
            },
            cancellationToken);

    public Task<bool> CommitCheckpointAsync(
        Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (expected is { } before && (before.Position.Partition != next.Position.Partition || !next.Position.IsAfter(before.Position)))
        {
            throw new ArgumentException($"A checkpoint does not move from {before.Position} to {next.Position}.", nameof(next));
        }

        return _writer.RunAsync(
            $"commit {rows.Count} raw rows and the checkpoint {next.Position}",
            session => session.Transact(open => MoveCheckpoint(open, expected, next, rows, cancellationToken))
                || WasCommittedBefore(session, next),
            cancellationToken);
    }

    public Task<IReadOnlyList<RecentTransactionId>> ReadRecentTransactionIdsAsync(
        int partition, long sinceMicros, int limit, CancellationToken cancellationToken) =>
        _readers.RunAsync<IReadOnlyList<RecentTransactionId>>(
            "read recent transaction ids",
            session =>
            {
                using var reader = session.Bind(RecentTransactionIds, partition, sinceMicros, limit).ExecuteReader();
                var newestFirst = new List<RecentTransactionId>();
                while (reader.Read())
                {
                    newestFirst.Add(new RecentTransactionId(reader.GetString(0), reader.GetInt64(1)));
                }

                newestFirst.Reverse();
                return newestFirst;
            },
            cancellationToken);

    private bool MoveCheckpoint(
        SqliteSession session, Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows, CancellationToken cancellationToken)
    {
        CheckLease(session);
        if (!CheckpointStatements.Move(session, expected, next, _writerId))
        {
            return false;
        }

        var insert = session.Insert(InsertTransaction);
        for (var i = 0; i < rows.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            InsertRow(insert, next.Position, rows[i]);
        }

        return true;
    }

    /// <summary>
    /// A call can be abandoned after it was committed. The caller repeats such a call, as the port allows, and must then not take its own
    /// checkpoint for another owner's.
    /// </summary>
    private bool WasCommittedBefore(SqliteSession session, Checkpoint next) =>
        CheckpointStatements.IsStored(session, next, _writerId);

    private static void InsertRow(SqliteInsert insert, Position upTo, in RawRow row)
    {
        var transaction = row.Transaction;
        insert.Add(transaction.OccurredAtMicros);
        insert.Add(row.IngestedAtMicros);
        insert.Add(upTo.Epoch);
        insert.Add(row.Offset);
        insert.Add(transaction.AmountMinor);
        insert.Add(upTo.Partition);
        insert.Add((long)transaction.Type);
        insert.Add((long)transaction.Status);
        insert.Add((long)transaction.Channel);
        insert.Add(row.Late ? 1L : 0L);
        insert.Add(transaction.TransactionId);
        insert.Add(transaction.AccountId);
        insert.Add(transaction.MerchantId);
        insert.Add(transaction.Currency);
        insert.Add(transaction.Category);
        insert.Add(transaction.Country);
        insert.Execute();
    }

    private static Checkpoint ReadCheckpoint(SqliteDataReader reader) => new(
        new Position(reader.GetInt64(1), reader.GetInt32(0), reader.GetInt64(2)),
        reader.IsDBNull(3) ? UnixMicros.None : reader.GetInt64(3),
        new PartitionCounters(reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8)));
}
