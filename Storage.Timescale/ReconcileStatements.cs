using Analytics.Transactions;

namespace Analytics.Storage.Timescale;

/// <summary>The statements of a reconciliation. $1 and $2 are the range, both whole minutes.</summary>
internal static class ReconcileStatements
{
    private const string InRange = "occurred_at >= $1 AND occurred_at < $2";

    // No checkpoint of the partition, of this epoch or a later one, has reached one of the sources.
    private const string InFlight =
        """
        EXISTS (
            SELECT FROM generate_series(1, cardinality(sources), 3) AS i
            WHERE NOT EXISTS (
                SELECT FROM checkpoints
                WHERE partition = sources[i + 1] AND (epoch, "offset") >= (sources[i], sources[i + 2])))
        """;

    public const string RawTotals = $"SELECT count(*), count(*) FILTER (WHERE late) FROM transactions WHERE {InRange}";

    public const string RepeatedRows =
        $"""
        SELECT epoch, kafka_partition, kafka_offset, count(*)
        FROM transactions WHERE {InRange}
        GROUP BY 1, 2, 3 HAVING count(*) > 1
        ORDER BY 1, 2, 3
        """;

    public const string Checkpoints =
        $"""
        WITH of_rows AS (
            SELECT kafka_partition AS partition, epoch, count(*) AS row_count, count(*) FILTER (WHERE late) AS late_count,
                   max(kafka_offset) AS last
            FROM transactions WHERE {InRange} GROUP BY 1, 2
        )
        SELECT partition, epoch, checkpoints."offset" IS NOT NULL, checkpoints."offset", checkpoints.accepted, checkpoints.late,
               coalesce(row_count, 0), coalesce(late_count, 0), last
        FROM checkpoints FULL JOIN of_rows USING (partition, epoch)
        ORDER BY partition, epoch
        """;

    public static string WindowTotals(string entity) =>
        $"""
        SELECT count(*), count(*) FILTER (WHERE {InFlight})
        FROM {entity}_windows WHERE window_start >= $1 AND window_start < $2
        """;

    public static string Windows(string entity)
    {
        var fields = ReconcileFindings.Fields;
        return
            $"""
            WITH stored AS (
                {Stored(entity)}
            ), recomputed AS (
                {Recomputed(entity)}
            )
            SELECT id, window_start, currency, stored.count IS NOT NULL, recomputed.count IS NOT NULL,
                   {string.Join(", ", fields.Select(field => $"stored.{field}"))},
                   {string.Join(", ", fields.Select(field => $"recomputed.{field}"))}
            FROM stored FULL JOIN recomputed USING (id, window_start, currency)
            WHERE NOT coalesce(in_flight, false)
              AND ({string.Join("\n    OR ", fields.Select(field => $"stored.{field} IS DISTINCT FROM recomputed.{field}"))})
            ORDER BY window_start, id, currency
            """;
    }

    private static string Stored(string entity) =>
        $"""
        SELECT {entity}_id AS id, window_start, currency, {InFlight} AS in_flight,
               {string.Join(", ", ReconcileFindings.Fields.SkipLast(1))},
               (SELECT string_agg(sources[i] || '/' || sources[i + 1] || '@' || sources[i + 2], ' ' ORDER BY sources[i + 1])
                FROM generate_series(1, cardinality(sources), 3) AS i) AS sources
        FROM {entity}_windows WHERE window_start >= $1 AND window_start < $2
        """;

    // First by partition too, for the last position of each. Sums of bigint are numeric, and saturate like every sum of the product.
    private static string Recomputed(string entity) =>
        $"""
        SELECT id, window_start, currency,
               sum(row_count)::bigint AS count, sum(approved)::bigint AS approved_count, sum(declined)::bigint AS declined_count,
               sum(reversed)::bigint AS reversed_count,
               least(coalesce(sum(debit), 0), {long.MaxValue})::bigint AS debit_minor, sum(debits)::bigint AS debit_count,
               least(coalesce(sum(credit), 0), {long.MaxValue})::bigint AS credit_minor, sum(credits)::bigint AS credit_count,
               min(smallest) AS min_minor, max(largest) AS max_minor,
               string_agg(last[1] || '/' || kafka_partition || '@' || last[2], ' ' ORDER BY kafka_partition) AS sources
        FROM (
            SELECT {entity}_id AS id,
                   date_bin('1 minute', occurred_at, timestamptz 'epoch') AS window_start,
                   currency,
                   kafka_partition,
                   count(*) AS row_count,
                   count(*) FILTER (WHERE status = {(int)TransactionStatus.Approved}) AS approved,
                   count(*) FILTER (WHERE status = {(int)TransactionStatus.Declined}) AS declined,
                   count(*) FILTER (WHERE status = {(int)TransactionStatus.Reversed}) AS reversed,
                   sum(amount_minor) FILTER (WHERE {ReconcileFindings.IsDebit}) AS debit,
                   count(*) FILTER (WHERE {ReconcileFindings.IsDebit}) AS debits,
                   sum(amount_minor) FILTER (WHERE {ReconcileFindings.IsCredit}) AS credit,
                   count(*) FILTER (WHERE {ReconcileFindings.IsCredit}) AS credits,
                   min(amount_minor) FILTER (WHERE {ReconcileFindings.IsDebit}) AS smallest,
                   max(amount_minor) FILTER (WHERE {ReconcileFindings.IsDebit}) AS largest,
                   max(ARRAY[epoch, kafka_offset]) AS last
            FROM transactions WHERE NOT late AND {InRange}
            GROUP BY 1, 2, 3, 4
        ) AS by_partition
        GROUP BY 1, 2, 3
        """;
}
