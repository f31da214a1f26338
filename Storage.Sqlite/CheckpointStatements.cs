using Analytics.Transactions;

namespace Analytics.Storage.Sqlite;

/// <summary>
/// The conditional moves of a checkpoint. Each changes one row when the partition's stored checkpoint is the expected one and none
/// otherwise; a checkpoint of a larger epoch makes every older one unexpected. Parameters 0 to 10 are the new row, 11 and 12 the
/// expected epoch and offset.
/// </summary>
internal static class CheckpointStatements
{
    private const string Columns =
        "partition, epoch, \"offset\", stream_time, accepted, late, duplicates, dead_lettered, saturated, writer, updated_at";

    private const string First =
        $"""
        INSERT INTO checkpoints ({Columns})
        SELECT $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
        WHERE NOT EXISTS (SELECT 1 FROM checkpoints AS later WHERE later.partition = $0 AND later.epoch > $1)
        ON CONFLICT DO NOTHING
        """;

    private const string WithinEpoch =
        """
        UPDATE checkpoints AS stored
        SET epoch = $1, "offset" = $2, stream_time = $3, accepted = $4, late = $5, duplicates = $6, dead_lettered = $7, saturated = $8,
            writer = $9, updated_at = $10
        WHERE stored.partition = $0 AND stored.epoch = $11 AND stored."offset" = $12
          AND NOT EXISTS (SELECT 1 FROM checkpoints AS later WHERE later.partition = $0 AND later.epoch > $11)
        """;

    // The row of the old epoch stays, as the record of how far that epoch came.
    private const string IntoNewEpoch =
        $"""
        INSERT INTO checkpoints ({Columns})
        SELECT $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
        FROM checkpoints AS stored
        WHERE stored.partition = $0 AND stored.epoch = $11 AND stored."offset" = $12
          AND NOT EXISTS (SELECT 1 FROM checkpoints AS later WHERE later.partition = $0 AND later.epoch > $11)
        ON CONFLICT DO NOTHING
        """;

    private const string Stored =
        """
        SELECT EXISTS (
            SELECT 1 FROM checkpoints AS stored
            WHERE stored.partition = $0 AND stored.epoch = $1 AND stored."offset" = $2 AND stored.stream_time IS $3
              AND (stored.accepted, stored.late, stored.duplicates, stored.dead_lettered, stored.saturated, stored.writer)
                  = ($4, $5, $6, $7, $8, $9)
              AND NOT EXISTS (SELECT 1 FROM checkpoints AS later WHERE later.partition = $0 AND later.epoch > $1))
        """;

    /// <returns>Whether the stored checkpoint was the expected one, and so was moved.</returns>
    public static bool Move(SqliteSession session, Checkpoint? expected, Checkpoint next, string writer)
    {
        var updatedAt = UnixMicros.From(DateTimeOffset.UtcNow);
        var row = Row(next, writer);
        var command = expected is not { } before ? session.Bind(First, [.. row, updatedAt])
            : session.Bind(
                before.Position.Epoch == next.Position.Epoch ? WithinEpoch : IntoNewEpoch,
                [.. row, updatedAt, before.Position.Epoch, before.Position.Offset]);
        return command.ExecuteNonQuery() == 1;
    }

    /// <summary>Whether the stored checkpoint is exactly this one and was written by this process.</summary>
    public static bool IsStored(SqliteSession session, Checkpoint next, string writer) =>
        session.Bind(Stored, Row(next, writer)).ExecuteScalar() is 1L;

    private static object?[] Row(Checkpoint checkpoint, string writer) =>
    [
        checkpoint.Position.Partition,
        checkpoint.Position.Epoch,
        checkpoint.Position.Offset,
        checkpoint.StreamTimeMicros == UnixMicros.None ? null : checkpoint.StreamTimeMicros,
        checkpoint.Counters.Accepted,
        checkpoint.Counters.Late,
        checkpoint.Counters.Duplicates,
        checkpoint.Counters.DeadLettered,
        checkpoint.Counters.Saturated,
        writer,
    ];
}
