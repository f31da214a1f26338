using Analytics.Ingest;
using Analytics.Partitions;
using Analytics.Persistence;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Traffic;
using Analytics.Storage;
using Analytics.Storage.Timescale;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Streaming.Kafka;

namespace Analytics.Benchmarks;

/// <summary>
/// The hot path's parts on the same 20,000 transactions of the usual traffic (10,000 accounts, 1,000 merchants, batches of 1,000), each
/// without the others, Orleans, a broker or a database. Deterministic but for times.
/// </summary>
internal sealed class Workload
{
    public const int Count = 20_000;
    private const int BatchSize = 1_000;
    private const int Seed = 7;

    private readonly TransactionDecoder _decoder = new(TimeProvider.System);
    private readonly (byte[] Key, byte[] Value)[] _records = new (byte[], byte[])[Count];
    private readonly KafkaBatch<IngestedRecord>[] _batches;
    private readonly (EntityKey Key, EntityBatch Batch)[] _entityBatches;
    private readonly Dictionary<EntityKey, EntityWindows> _windows = [];
    private readonly (EntityWindows Windows, EntityBatch Batch)[] _work;
    private readonly EntityMemory _memory = new();
    private readonly (EntityKind Kind, Bucket Bucket, CardTransaction Last)[] _buckets;
    private readonly BufferedBuckets _buffer = new();
    private readonly LiveAnswer _answer = new();
    private readonly long _now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private long _epoch = 1;

    public Workload()
    {
        var (generator, now) = (new TransactionGenerator(new(10_000, 1_000, Seed, "run")), _now);
        for (var i = 0; i < Count; i++)
        {
            var template = new TransactionTemplate(generator.Next(), "abcdefgh");
            _records[i] = (template.Key, template.Fill(i, now));
        }

        var decoded = _records.Select(record => _decoder.Decode(record.Key, false, record.Value, false, now)).ToArray();
        _batches =
        [
            .. Enumerable.Range(0, Count / BatchSize).Select(batch => new KafkaBatch<IngestedRecord>(0, 1, batch * BatchSize, [
                .. Enumerable.Range(batch * BatchSize, BatchSize).Select(i => new KafkaRecord<IngestedRecord>(i, now, decoded[i], null))])),
        ];
        List<(EntityKey, EntityBatch)> entityBatches = [];
        JudgeAll((work, batch) => entityBatches.Add((work.Key, batch)));
        _entityBatches = [.. entityBatches];
        foreach (var (key, _) in _entityBatches)
        {
            if (_windows.TryAdd(key, new(key.Kind, _memory)))
            {
                _windows[key].Reset([], long.MinValue);
            }
        }

        _work = new (EntityWindows, EntityBatch)[_entityBatches.Length];
        var sink = new BucketCollector();
        PrepareApply();
        foreach (var (windows, batch) in _work)
        {
            windows.Apply(batch, sink);
        }

        _buckets = [.. sink.Buckets];
        Rows = [.. decoded.Select((record, i) => new RawRow(record.Transaction!, i, now * 1_000, false))];
    }

    public IReadOnlyList<RawRow> Rows { get; }

    /// <summary>Bytes to checked transactions.</summary>
    public int Decode()
    {
        var valid = 0;
        foreach (var (key, value) in _records)
        {
            valid += _decoder.Decode(key, false, value, false, _now).Transaction is null ? 0 : 1;
        }

        return valid;
    }

    /// <summary>Duplicates, lateness, grouping by entity, and what each entity is sent.</summary>
    public int Judge()
    {
        var batches = 0;
        JudgeAll((_, _) => batches++);
        return batches;
    }

    /// <summary>Before each <see cref="Apply"/>: windows ignore what they include, so everything gets newer positions.</summary>
    public void PrepareApply()
    {
        _epoch++;
        for (var i = 0; i < _work.Length; i++)
        {
            var (key, batch) = _entityBatches[i];
            _work[i] = (_windows[key], batch with { Last = batch.Last with { Epoch = _epoch } });
        }
    }

    /// <summary>Window update of every account and merchant.</summary>
    public int Apply()
    {
        var saturated = 0;
        foreach (var (windows, batch) in _work)
        {
            saturated += windows.Apply(batch, NoSink.Instance);
        }

        return saturated;
    }

    /// <summary>Every changed window into the write buffer, and out of it as a commit.</summary>
    public int Buffer()
    {
        foreach (var (kind, bucket, last) in _buckets)
        {
            _buffer.Put(kind, bucket, _memory, last);
        }

        var commit = _buffer.BeginCommit()!;
        _buffer.CompleteCommit(commit);
        return commit.Accounts.Count;
    }

    /// <summary>Raw rows in PostgreSQL's binary COPY format.</summary>
    public async Task<int> CopyRowsAsync()
    {
        await using var copy = BinaryCopyWriter.To(Stream.Null);
        foreach (var row in Rows)
        {
            TimescaleStore.WriteRow(copy, new(1, 0, Count), row);
            if (copy.ShouldSend)
            {
                await copy.SendAsync(CancellationToken.None);
            }
        }

        await copy.CompleteAsync(CancellationToken.None);
        return Rows.Count;
    }

    /// <summary>A live read as JSON: windows of an account with two currencies and an hour of minutes.</summary>
    public int LiveRead() => _answer.Write();

    private void JudgeAll(Action<EntityWork, EntityBatch> onBatch)
    {
        var ledger = new PartitionLedger(1, 0, null, new(TimeSpan.FromMinutes(10), 1_000_000), TimeSpan.FromHours(24));
        foreach (var batch in _batches)
        {
            var work = ledger.Judge(batch, ledger.Applied.Position.Offset);
            foreach (var entity in work.Entities)
            {
                onBatch(entity, ledger.BatchFor(entity, work.StreamTimeMicros));
                entity.Entity.Acknowledged(entity.LastOffset, "silo");
            }

            ledger.Apply(work);
        }
    }
}
