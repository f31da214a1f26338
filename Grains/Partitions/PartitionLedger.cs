using Analytics.Ingest;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Streaming.Kafka;

namespace Analytics.Partitions;

/// <summary>
/// The bookkeeping of one partition: judges records in offset order, keeps every batch after the checkpoint, and knows what each entity
/// was sent. Pure: no clock, no I/O; <see cref="PartitionGrain"/> drives it.
/// </summary>
/// <remarks>
/// Every verdict (duplicate, late) depends on the log alone, so that records read again after a crash are judged as they were the first
/// time. Log time never runs back: a record counts as logged no earlier than the one accepted before it, so that the newest stored row tells
/// the log time even after a restart; a record without a log time counts as logged with the one accepted before it.
/// </remarks>
internal sealed class PartitionLedger
{
    private readonly long _epoch;
    private readonly int _partition;
    private readonly long _allowedLatenessMicros;
    private readonly DuplicateFilter _duplicates;
    /// <summary>Raw rows of one checkpoint at most, but for a single batch that is larger: what a slow store can take within its deadline.</summary>
    public const int MaxRowsPerCheckpoint = 20_000;

    private readonly Queue<BatchWork> _kept = new();
    private readonly Dictionary<EntityKey, Sent> _sent = [];
    private long _judgedStreamTimeMicros;
    private CheckpointAttempt? _attempt;

    public PartitionLedger(
        long epoch, int partition, Checkpoint? checkpoint, DuplicateFilter duplicates, TimeSpan allowedLateness)
    {
        _epoch = epoch;
        _partition = partition;
        _duplicates = duplicates;
        _allowedLatenessMicros = (long)allowedLateness.TotalMicroseconds;
        Stored = checkpoint;
        Applied = checkpoint ?? new(new(epoch, partition, -1), UnixMicros.None, default);
        _judgedStreamTimeMicros = Applied.StreamTimeMicros;
    }

    /// <summary>The checkpoint known to be stored; null when there is none of this epoch yet.</summary>
    public Checkpoint? Stored { get; private set; }

    /// <summary>Last position applied, stream time and counters there.</summary>
    public Checkpoint Applied { get; private set; }

    /// <summary>Accepted records that are applied or being applied, and not durable yet.</summary>
    public int PendingRecords { get; private set; }

    /// <summary>Whether there is anything that a checkpoint would make durable.</summary>
    public bool HasNews => _kept.Count > 0;

    /// <summary>Judges the batch's records after the given offset. To be called once per record, in offset order.</summary>
    public BatchWork Judge(KafkaBatch<IngestedRecord> batch, long afterOffset)
    {
        List<RawRow> rows = new(batch.Records.Length);
        List<(long, RejectedRecord)> rejected = [];
        Dictionary<EntityKey, List<EntityEvent>> groups = [];
        long duplicates = 0, late = 0, firstLoggedAtMs = -1;
        foreach (var record in batch.Records)
        {
            if (record.Offset <= afterOffset)
            {
                continue;
            }

            afterOffset = record.Offset;
            firstLoggedAtMs = firstLoggedAtMs < 0 ? record.TimestampMs : firstLoggedAtMs;
            if (record.Value.Transaction is not { } transaction)
            {
                rejected.Add((record.Offset, RejectionOf(record)));
                continue;
            }

            var loggedAtMicros = _duplicates.LogTime(record.TimestampMs);
            if (_duplicates.IsDuplicate(transaction.TransactionId, loggedAtMicros))
            {
                duplicates++;
                continue;
            }

            var isLate = Lateness.IsLate(transaction.OccurredAtMicros, _judgedStreamTimeMicros, _allowedLatenessMicros);
            _judgedStreamTimeMicros = Math.Max(_judgedStreamTimeMicros, transaction.OccurredAtMicros);
            rows.Add(new(transaction, record.Offset, loggedAtMicros, isLate));
            if (isLate)
            {
                late++;
                continue;
            }

            Add(groups, new(EntityKind.Account, transaction.AccountId), new(record.Offset, transaction));
            Add(groups, new(EntityKind.Merchant, transaction.MerchantId), new(record.Offset, transaction));
        }

        var work = new BatchWork
        {
            LastOffset = batch.LastOffset,
            StreamTimeMicros = _judgedStreamTimeMicros,
            FirstLoggedAtMs = firstLoggedAtMs,
            Rows = rows,
            Entities = [.. groups.Select(g => new EntityWork(g.Key, [.. g.Value]))],
            Rejected = rejected,
            Counters = new(rows.Count, late, duplicates, rejected.Count, 0),
        };
        PendingRecords += rows.Count;
        return work;
    }

    /// <summary>The batch to send to an entity.</summary>
    public EntityBatch BatchFor(EntityWork work, long streamTimeMicros)
    {
        var previous = _sent.TryGetValue(work.Key, out var sent) && sent.Offset > (Stored?.Position.Offset ?? -1) ? sent.Offset : -1;
        return new(At(work.Events[^1].Offset), previous, streamTimeMicros, work.Events);
    }

    /// <summary>Everything kept for an entity, and the work at hand: what an activation needs that knows only the checkpoint.</summary>
    public EntityBatch BatchSinceCheckpoint(EntityWork work, long streamTimeMicros)
    {
        EntityEvent[] events =
        [
            .. _kept.SelectMany(k => k.Entities).Where(e => e.Key == work.Key).SelectMany(e => e.Events),
            .. work.Events,
        ];
        return new(At(events[^1].Offset), -1, streamTimeMicros, events);
    }

    /// <summary>
    /// Notes that an entity has taken everything up to an offset, on which silo. What is sent again for a lost silo may be acknowledged
    /// after a newer batch: the newer one stays, because its silo holds what the next batch and the checkpoint rely on.
    /// </summary>
    public void Acknowledged(EntityKey key, long offset, string silo)
    {
        if (!_sent.TryGetValue(key, out var sent) || offset >= sent.Offset)
        {
            _sent[key] = new(offset, silo);
        }
    }

    /// <summary>Keeps a batch that every one of its entities has applied.</summary>
    public void Apply(BatchWork work)
    {
        Applied = new(
            At(work.LastOffset), Math.Max(Applied.StreamTimeMicros, work.StreamTimeMicros), Applied.Counters + work.Counters);
        work.After = Applied;
        _kept.Enqueue(work);
    }

    /// <summary>The silos whose write buffers hold something of what is not checkpointed.</summary>
    public IReadOnlySet<string> SilosToFlush()
    {
        var after = Stored?.Position.Offset ?? -1;
        return _sent.Values.Where(s => s.Offset > after).Select(s => s.Silo).ToHashSet();
    }

    /// <summary>What entities on a silo were sent since the checkpoint, to be applied again because that silo is gone.</summary>
    public IReadOnlyList<EntityWork> WorkSentTo(string silo)
    {
        var after = Stored?.Position.Offset ?? -1;
        return
        [
            .. _kept.SelectMany(k => k.Entities)
                .Where(e => _sent.TryGetValue(e.Key, out var sent) && sent.Silo == silo && sent.Offset > after)
                .GroupBy(e => e.Key)
                .Select(g => new EntityWork(g.Key, [.. g.SelectMany(e => e.Events)])),
        ];
    }

    /// <summary>The next move of the checkpoint, or the last one again while its outcome is unknown; null when nothing is new.</summary>
    public CheckpointAttempt? BeginCheckpoint()
    {
        if (_attempt is null && _kept.Count > 0)
        {
            List<RawRow> rows = [];
            var batches = 0;
            Checkpoint next = default;
            foreach (var work in _kept)
            {
                if (batches > 0 && rows.Count + work.Rows.Count > MaxRowsPerCheckpoint)
                {
                    break;
                }

                rows.AddRange(work.Rows);
                next = work.After;
                batches++;
            }

            _attempt = new(Stored, next, rows, batches);
        }

        return _attempt;
    }

    /// <summary>Notes that the attempt is durable, and forgets what it covers.</summary>
    public void CompleteCheckpoint(CheckpointAttempt attempt)
    {
        for (var i = 0; i < attempt.BatchCount; i++)
        {
            _kept.Dequeue();
        }

        PendingRecords -= attempt.Rows.Count;
        Stored = attempt.Next;
        _attempt = null;
        foreach (var (key, sent) in _sent)
        {
            if (sent.Offset <= attempt.Next.Position.Offset)
            {
                _sent.Remove(key);
            }
        }
    }

    private static void Add(Dictionary<EntityKey, List<EntityEvent>> groups, EntityKey key, EntityEvent item)
    {
        if (!groups.TryGetValue(key, out var events))
        {
            groups.Add(key, events = []);
        }

        events.Add(item);
    }

    private static RejectedRecord RejectionOf(KafkaRecord<IngestedRecord> record) =>
        record.Value.Rejected
        ?? new(
            record.Undecodable?.Key,
            record.Undecodable?.Value,
            new(DeadLetterReason.Undecodable, record.Undecodable?.Reason ?? "The decoder gave no answer."));

    private Position At(long offset) => new(_epoch, _partition, offset);

    private readonly record struct Sent(long Offset, string Silo);
}
