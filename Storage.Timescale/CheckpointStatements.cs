namespace Analytics.Storage.Timescale;

/// <summary>
/// The conditional moves of a checkpoint. Each changes one row when the partition's stored checkpoint is the expected one and none
/// otherwise; a checkpoint of a larger epoch makes every older one unexpected. Parameters 1 to 10 are the new row, 11 and 12 the
/// expected epoch and offset.
/// </summary>
internal static class CheckpointStatements
{
    private const string Columns =
        "partition, epoch, \"offset\", stream_time, accepted, late, duplicates, dead_lettered, saturated, writer";

    private const string First =
        $"""
        INSERT INTO checkpoints ({Columns})
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
        WHERE NOT EXISTS (SELECT FROM checkpoints AS later WHERE later.partition = $1 AND later.epoch > $2)
        ON CONFLICT DO NOTHING
        """;

    private const string WithinEpoch =
        """
        UPDATE checkpoints AS stored
        SET epoch = $2, "offset" = $3, stream_time = $4, accepted = $5, late = $6, duplicates = $7, dead_lettered = $8, saturated = $9,
            writer = $10, updated_at = now()
        WHERE stored.partition = $1 AND stored.epoch = $11 AND stored."offset" = $12
          AND NOT EXISTS (SELECT FROM checkpoints AS later WHERE later.partition = $1 AND later.epoch > $11)
        """;

    // The row of the old epoch stays, as the record of how far that epoch came; its lock keeps the old owner from moving it meanwhile.
    private const string IntoNewEpoch =
        $"""
        INSERT INTO checkpoints ({Columns})
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
        FROM checkpoints AS stored
        WHERE stored.partition = $1 AND stored.epoch = $11 AND stored."offset" = $12
          AND NOT EXISTS (SELECT FROM checkpoints AS later WHERE later.partition = $1 AND later.epoch > $11)
        FOR UPDATE OF stored
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Whether the stored checkpoint is exactly the new one and was written by this process.</summary>
    public const string IsStored =
        """
        SELECT EXISTS (
            SELECT FROM checkpoints AS stored
            WHERE stored.partition = $1 AND stored.epoch = $2 AND stored."offset" = $3
              AND stored.stream_time IS NOT DISTINCT FROM $4
              AND (stored.accepted, stored.late, stored.duplicates, stored.dead_lettered, stored.saturated, stored.writer)
                  = ($5, $6, $7, $8, $9, $10)
              AND NOT EXISTS (SELECT FROM checkpoints AS later WHERE later.partition = $1 AND later.epoch > $2))
        """;

    public static string Move(Checkpoint? expected, Checkpoint next) =>
        expected is not { } before ? First
        : before.Position.Epoch == next.Position.Epoch ? WithinEpoch
        : IntoNewEpoch;
}
