using Analytics.Transactions;

namespace Analytics.Storage.Sqlite;

/// <summary>
/// The statements of a reconciliation. $0 and $1 are the range, microseconds since the Unix epoch, both whole minutes. Stored and
/// recomputed windows are brought together by one GROUP BY, whose sort goes to temporary files when it is large.
/// </summary>
internal static class ReconcileStatements
{
    private const string InRange = "occurred_at >= $0 AND occurred_at < $1";

    // No checkpoint of the partition, of this epoch or a later one, has reached one of the sources.
    private const string InFlight =
        """
        EXISTS (
            SELECT 1 FROM json_each(stored.sources) AS source
            WHERE source.key % 3 = 0 AND NOT EXISTS (
                SELECT 1 FROM checkpoints
                WHERE partition = stored.sources ->> (source.key + 1)
                  AND (epoch, "offset") >= (stored.sources ->> source.key, stored.sources ->> (source.key + 2))))
        """;

    public const string RawTotals = $"SELECT count(*), coalesce(sum(late), 0) FROM transactions WHERE {InRange}";

    public const string RepeatedRows =
        $"""
        SELECT epoch, kafka_partition, kafka_offset, count(*)
        FROM transactions WHERE {InRange}
        GROUP BY 1, 2, 3 HAVING count(*) > 1
        ORDER BY 1, 2, 3
        """;

    public const string Checkpoints =
        $"""
        WITH of_rows AS MATERIALIZED (
            SELECT kafka_partition AS partition, epoch, count(*) AS row_count, sum(late) AS late_count, max(kafka_offset) AS last
            FROM transactions WHERE {InRange} GROUP BY 1, 2
        )
        SELECT partition, epoch, checkpoints."offset" IS NOT NULL, checkpoints."offset", checkpoints.accepted, checkpoints.late,
               coalesce(row_count, 0), coalesce(late_count, 0), last
        FROM checkpoints FULL JOIN of_rows USING (partition, epoch)
        ORDER BY partition, epoch
        """;

    public static string WindowTotals(string entity) =>
        $"""
        SELECT count(*), coalesce(sum({InFlight}), 0)
        FROM {entity}_windows AS stored WHERE window_start >= $0 AND window_start < $1
        """;

    public static string Windows(string entity)
    {
        var fields = ReconcileFindings.Fields;
        var both = string.Join(", ", fields.Select(field => $"max({field}) FILTER (WHERE side = 0)"))
            + ",\n       " + string.Join(", ", fields.Select(field => $"max({field}) FILTER (WHERE side = 1)"));
        var differs = string.Join(
            "\n    OR ", fields.Select(field => $"max({field}) FILTER (WHERE side = 0) IS NOT max({field}) FILTER (WHERE side = 1)"));
        return
            $"""
            SELECT id, window_start, currency, max(side = 0), max(side = 1),
                   {both}
            FROM (
                {Stored(entity)}
                UNION ALL
                {Recomputed(entity)}
            )
            GROUP BY id, window_start, currency
            HAVING NOT max(in_flight) AND (min(side) <> 0 OR max(side) <> 1
                OR {differs})
            ORDER BY window_start, id, currency
            """;
    }

    private static string Stored(string entity) =>
        $"""
        SELECT 0 AS side, {entity}_id AS id, window_start, currency, {InFlight} AS in_flight,
               {string.Join(", ", ReconcileFindings.Fields.SkipLast(1))},
               (SELECT group_concat(
                           (stored.sources ->> source.key) || '/' || (stored.sources ->> (source.key + 1))
                               || '@' || (stored.sources ->> (source.key + 2)),
                           ' ' ORDER BY stored.sources ->> (source.key + 1))
                FROM json_each(stored.sources) AS source WHERE source.key % 3 = 0) AS sources
        FROM {entity}_windows AS stored WHERE window_start >= $0 AND window_start < $1
        """;

    // First by partition too, for the last position of each. A position compares as text of fixed width, because SQLite compares no rows
    // in max().
    private static string Recomputed(string entity) =>
        $"""
        SELECT 1, id, window_start, currency, 0,
               sum(row_count), sum(approved), sum(declined), sum(reversed),
               {Saturated("debit")}, sum(debit_count), {Saturated("credit")}, sum(credit_count), min(smallest), max(largest),
               group_concat(
                   CAST(substr(last, 1, 19) AS INTEGER) || '/' || kafka_partition || '@' || CAST(substr(last, 21) AS INTEGER),
                   ' ' ORDER BY kafka_partition)
        FROM (
            SELECT {entity}_id AS id,
                   occurred_at - ((occurred_at % {UnixMicros.PerMinute}) + {UnixMicros.PerMinute}) % {UnixMicros.PerMinute} AS window_start,
                   currency,
                   kafka_partition,
                   count(*) AS row_count,
                   sum(status = {(int)TransactionStatus.Approved}) AS approved,
                   sum(status = {(int)TransactionStatus.Declined}) AS declined,
                   sum(status = {(int)TransactionStatus.Reversed}) AS reversed,
                   {Halves("debit", ReconcileFindings.IsDebit)},
                   {Halves("credit", ReconcileFindings.IsCredit)},
                   min(amount_minor) FILTER (WHERE {ReconcileFindings.IsDebit}) AS smallest,
                   max(amount_minor) FILTER (WHERE {ReconcileFindings.IsDebit}) AS largest,
                   max(printf('%019d/%019d', epoch, kafka_offset)) AS last
            FROM transactions WHERE late = 0 AND {InRange}
            GROUP BY 1, 2, 3, 4
        )
        GROUP BY 2, 3, 4
        """;

    // SQLite's sum fails when it passes 64 bits, and the product's sums saturate: amounts are added as halves of 32 bits.
    private static string Halves(string name, string condition) =>
        $"""
        sum({condition}) AS {name}_count,
                   coalesce(sum(amount_minor >> 32) FILTER (WHERE {condition}), 0) AS {name}_high,
                   coalesce(sum(amount_minor & 4294967295) FILTER (WHERE {condition}), 0) AS {name}_low
        """;

    private static string Saturated(string name) =>
        $"""
        CASE WHEN sum({name}_high) + (sum({name}_low) >> 32) > 2147483647 THEN 9223372036854775807
                    ELSE ((sum({name}_high) + (sum({name}_low) >> 32)) << 32) | (sum({name}_low) & 4294967295) END
        """;
}
