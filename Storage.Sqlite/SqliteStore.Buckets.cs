using System.Globalization;
using System.Text.Json;
using Analytics.Transactions;
using Analytics.Windowing;
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
                CheckLease(open);
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
        var upsert = session.Insert(table.Upsert);
        for (var i = 0; i < rows.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            UpsertRow(upsert, rows[i]);
        }
    }

    private static void UpsertRow(SqliteInsert upsert, in BucketRow row)
    {
        var totals = row.Totals;
        upsert.Add(row.EntityId);
        upsert.Add(checked(row.WindowStartMinute * UnixMicros.PerMinute));
        upsert.Add(row.Currency);
        upsert.Add(totals.Count);
        upsert.Add(totals.ApprovedCount);
        upsert.Add(totals.DeclinedCount);
        upsert.Add(totals.ReversedCount);
        upsert.Add(totals.DebitMinor);
        upsert.Add(totals.DebitCount);
        upsert.Add(totals.CreditMinor);
        upsert.Add(totals.CreditCount);
        upsert.Add(totals.DebitCount == 0 ? null : totals.MinMinor);
        upsert.Add(totals.DebitCount == 0 ? null : totals.MaxMinor);
        AddSources(upsert, row.Sources);
        upsert.Add(row.LastTransaction.ToMessage());
        upsert.Execute();
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

    private static void AddSources(SqliteInsert upsert, Position[] sources)
    {
        // Three numbers of at most 20 characters for each source, each with a comma, and the brackets.
        var buffer = upsert.Buffer((sources.Length * 3 * 21) + 2);
        buffer[0] = (byte)'[';
        var length = 1;
        foreach (var source in sources)
        {
            foreach (var number in (ReadOnlySpan<long>)[source.Epoch, source.Partition, source.Offset])
            {
                number.TryFormat(buffer[length..], out var written, provider: CultureInfo.InvariantCulture);
                length += written;
                buffer[length++] = (byte)',';
            }
        }

        // The last comma becomes the closing bracket; without a source there is no comma.
        length = Math.Max(length, 2);
        buffer[length - 1] = (byte)']';
        upsert.AddText(buffer[..length]);
    }

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
