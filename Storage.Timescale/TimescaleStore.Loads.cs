using Analytics.Transactions;
using Analytics.Windowing;
using Npgsql;

namespace Analytics.Storage.Timescale;

public sealed partial class TimescaleStore
{
    public Task<IReadOnlyList<EntityState>> LoadEntitiesAsync(
        EntityKind kind, IReadOnlyList<string> entityIds, long fromMinute, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entityIds);
        return Guard<IReadOnlyList<EntityState>>($"load {entityIds.Count} entities", async () =>
        {
            var ids = entityIds.ToArray();
            await using var command = _dataSource.CreateCommand(BucketTable.Of(kind).LoadEntities);
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
            command.Parameters.Add(Timestamps.Parameter(ToMicros(fromMinute)));

            var found = new Dictionary<string, List<BucketRow>>(StringComparer.Ordinal);
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    var row = ReadBucket(reader);
                    if (!found.TryGetValue(row.EntityId, out var buckets))
                    {
                        found.Add(row.EntityId, buckets = []);
                    }

                    buckets.Add(row with { EntityId = buckets.Count > 0 ? buckets[0].EntityId : row.EntityId });
                }
            }

            var states = new EntityState[ids.Length];
            for (var i = 0; i < ids.Length; i++)
            {
                states[i] = new EntityState(ids[i], found.TryGetValue(ids[i], out var buckets) ? InTimeOrder(buckets) : []);
            }

            return states;
        });
    }

    public Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(
        EntityKind kind, IReadOnlyList<BucketKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Guard<IReadOnlyList<BucketRow>>($"load {keys.Count} buckets", async () =>
        {
            await using var command = _dataSource.CreateCommand(BucketTable.Of(kind).LoadBuckets);
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(key => key.EntityId)] });
            command.Parameters.Add(Timestamps.Parameter([.. keys.Select(key => ToMicros(key.WindowStartMinute))]));
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(key => key.Currency)] });

            var rows = new List<BucketRow>(keys.Count);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(ReadBucket(reader));
            }

            return rows;
        });
    }

    private static List<BucketRow> InTimeOrder(List<BucketRow> buckets)
    {
        if (buckets.Count > 1)
        {
            buckets.Sort((left, right) => left.WindowStartMinute.CompareTo(right.WindowStartMinute));
        }

        return buckets;
    }

    // long.MinValue stands for "all" and must not overflow.
    private static long ToMicros(long minute) => (long)Int128.Clamp((Int128)minute * UnixMicros.PerMinute, long.MinValue, long.MaxValue);

    private static BucketRow ReadBucket(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        StoredTransaction.Currency(reader.GetString(2)),
        UnixMicros.MinuteOf(Timestamps.Read(reader, 1)),
        ReadTotals(reader, 3),
        ReadSources(reader.GetFieldValue<long[]>(13)),
        StoredTransaction.Parse(reader.GetFieldValue<byte[]>(14)));

    private static BucketTotals ReadTotals(NpgsqlDataReader reader, int first) => new()
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

    private static Position[] ReadSources(long[] flattened)
    {
        var sources = new Position[flattened.Length / 3];
        for (var i = 0; i < sources.Length; i++)
        {
            sources[i] = new Position(flattened[3 * i], (int)flattened[(3 * i) + 1], flattened[(3 * i) + 2]);
        }

        return sources;
    }
}
