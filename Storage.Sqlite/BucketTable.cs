using Analytics.Windowing;

namespace Analytics.Storage.Sqlite;

/// <summary>The names and statements of the windows of one kind of entity.</summary>
internal sealed class BucketTable
{
    private const string Values =
        "count, approved_count, declined_count, reversed_count, debit_minor, debit_count, credit_minor, credit_count, min_minor, max_minor";

    private static readonly BucketTable Accounts = new("account");
    private static readonly BucketTable Merchants = new("merchant");

    private readonly string _entity;

    private BucketTable(string entity)
    {
        _entity = entity;
        var id = $"{entity}_id";
        var table = $"{entity}_windows";
        var columns = $"{id}, window_start, currency, {Values}, sources, last_transaction";
        var names = columns.Split(", ");
        Upsert =
            $"""
            INSERT INTO {table} ({columns})
            VALUES ({string.Join(", ", names.Select((_, i) => $"${i}"))})
            ON CONFLICT ({id}, window_start, currency) DO UPDATE SET {string.Join(", ", names.Skip(3).Select(name => $"{name} = excluded.{name}"))}
            """;

        // The newest window start of an entity is the first step of a descent of the key. Where it lies before the minute asked for, the
        // range begins there; where there is none, the comparison with NULL leaves the entity out.
        LoadEntities =
            $"""
            SELECT {columns}
            FROM json_each($0) AS wanted
            JOIN {table} ON {id} = wanted.value
            WHERE window_start >= min($1, (SELECT max(newest.window_start) FROM {table} AS newest WHERE newest.{id} = wanted.value))
            """;
        LoadBuckets =
            $"""
            SELECT {columns}
            FROM json_each($0) AS wanted
            JOIN {table} ON {id} = wanted.value ->> 0 AND window_start = wanted.value ->> 1 AND currency = wanted.value ->> 2
            """;
    }

    public string Upsert { get; }

    public string LoadEntities { get; }

    public string LoadBuckets { get; }

    public static BucketTable Of(EntityKind kind) => kind switch
    {
        EntityKind.Account => Accounts,
        EntityKind.Merchant => Merchants,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Neither an account nor a merchant."),
    };

    public string History(HistoryStep step)
    {
        var source = step switch
        {
            HistoryStep.Minute => $"{_entity}_windows",
            HistoryStep.Hour => $"{_entity}_hourly",
            HistoryStep.Day => $"{_entity}_daily",
            _ => throw new ArgumentOutOfRangeException(nameof(step), step, "Not a step of the history."),
        };
        return
            $"""
            SELECT currency, window_start, {Values}
            FROM {source}
            WHERE {_entity}_id = $0 AND window_start >= $1 AND window_start < $2 AND ($3 IS NULL OR currency = $3)
            ORDER BY window_start, currency
            LIMIT $4
            """;
    }
}
