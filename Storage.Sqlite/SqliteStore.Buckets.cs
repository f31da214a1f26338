using System.Text.Json;
using Analytics.Transactions;
using Analytics.Windowing;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Analytics.Storage.Sqlite;

public sealed partial class SqliteStore
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

        return _writer.RunAsync(
            $"commit {accounts.Count} account and {merchants.Count} merchant buckets",
            session => session.Transact(open =>
            {
                Upsert(open, BucketTable.Of(EntityKind.Account), accounts, cancellationToken);
                Upsert(open, BucketTable.Of(EntityKind.Merchant), merchants, cancellationToken);
                return true;
            }),
            cancellationToken);
    }

    public Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entityIds);
        return _readers.RunAsync<IReadOnlyList<EntityState>>(
            $"load {entityIds.Count} entities",
            session =>
            {
                var found = new Dictionary<string, List<BucketRow>>(StringComparer.Ordinal);
                using (var reader = session.Bind(
                    BucketTable.Of(kind).LoadEntities, JsonSerializer.Serialize(entityIds), ToMicros(fromMinute)).ExecuteReader())
                {
                    while (reader.Read())
                    {
                        var row = ReadBucket(reader);
                        if (!found.TryGetValue(row.EntityId, out var buckets))
                        {
                            found.Add(row.EntityId, buckets = []);
                        }

                        buckets.Add(row with { EntityId = buckets.Count > 0 ? buckets[0].EntityId : row.EntityId });
                    }
                }

                // A list is in time order, because each id's rows come in key order.
                return [.. entityIds.Select(id => new EntityState(id, found.TryGetValue(id, out var buckets) ? buckets : []))];
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(
        EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _readers.RunAsync<IReadOnlyList<BucketRow>>(
            $"load {keys.Count} buckets",
            session =>
            {
                var wanted = JsonSerializer.Serialize(
                    keys.Select(key => new object[] { key.EntityId, ToMicros(key.WindowStartMinute), key.Currency }));
                var rows = new List<BucketRow>(keys.Count);
                using var reader = session.Bind(BucketTable.Of(kind).LoadBuckets, wanted).ExecuteReader();
                while (reader.Read())
                {
                    rows.Add(ReadBucket(reader));
                }

                return rows;
            },
            cancellationToken);
    }

    private static void Upsert(
        SqliteSession session, BucketTable table, IReadOnlyList<BucketRow> rows, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = rows[i];
            var totals = row.Totals;
            var hasDebit = totals.DebitCount != 0;
            session.Bind(
                table.Upsert,
                row.EntityId,
                checked(row.WindowStartMinute * UnixMicros.PerMinute),
                row.Currency,
                totals.Count,
                totals.ApprovedCount,
                totals.DeclinedCount,
                totals.ReversedCount,
                totals.DebitMinor,
                totals.DebitCount,
                totals.CreditMinor,
                totals.CreditCount,
                hasDebit ? totals.MinMinor : null,
                hasDebit ? totals.MaxMinor : null,
                WriteSources(row.Sources),
                row.LastTransaction.ToMessage().ToByteArray()).ExecuteNonQuery();
        }
    }

    // long.MinValue stands for "all" and must not overflow.
    private static long ToMicros(long minute) =>
        (long)Int128.Clamp((Int128)minute * UnixMicros.PerMinute, long.MinValue, long.MaxValue);

    private static BucketRow ReadBucket(SqliteDataReader reader) => new(
        reader.GetString(0),
        StoredTransaction.Currency(reader.GetString(2)),
        UnixMicros.MinuteOf(reader.GetInt64(1)),
        ReadTotals(reader, 3),
        ReadSources(reader.GetString(13)),
        StoredTransaction.Parse(reader.GetFieldValue<byte[]>(14)));

    private static BucketTotals ReadTotals(SqliteDataReader reader, int first) => new()
    {
        Count = reader.GetInt64(first),
        ApprovedCount = reader.GetInt64(first + 1),
        DeclinedCount = reader.GetInt64(first + 2),
        ReversedCount = reader.GetInt64(first + 3),
        DebitMinor = reader.GetInt64(first + 4),
        DebitCount = reader.GetInt64(first + 5),
        CreditMinor = reader.GetInt64(first + 6),
        CreditCount = reader.GetInt64(first + 7),
        MinMinor = reader.IsDBNull(first + 8) ? 0 : reader.GetInt64(first + 8),
        MaxMinor = reader.IsDBNull(first + 9) ? 0 : reader.GetInt64(first + 9),
    };

    private static string WriteSources(Position[] sources) =>
        JsonSerializer.Serialize(sources.SelectMany(source => new[] { source.Epoch, source.Partition, source.Offset }));

    private static Position[] ReadSources(string json)
    {
        var flattened = JsonSerializer.Deserialize<long[]>(json)!;
        var sources = new Position[flattened.Length / 3];
        for (var i = 0; i < sources.Length; i++)
        {
            sources[i] = new Position(flattened[3 * i], (int)flattened[(3 * i) + 1], flattened[(3 * i) + 2]);
        }

        return sources;
    }
}
