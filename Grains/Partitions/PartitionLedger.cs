using System.Runtime.CompilerServices;
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
    /// <summary>Raw rows of one checkpoint at most, but for a single batch that is larger: what a slow store can take within its deadline.</summary>
    public const int MaxRowsPerCheckpoint = 20_000;

    private readonly long _epoch;
    private readonly int _partition;
    private readonly long _allowedLatenessMicros;
    private readonly DuplicateFilter _duplicates;
    private readonly Queue<BatchWork> _kept = new();
    private readonly TrackedEntities _entities = new();

    // Of the batch that is being judged; kept because they are as large as the batches.
    private readonly List<(TrackedEntity Account, TrackedEntity Merchant, EntityEvent Event)> _judged = [];
    private readonly List<TrackedEntity> _touched = [];
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

    /// <summary>Records that are applied or being applied, and not durable yet; whatever their verdict, they are kept until then.</summary>
    public int PendingRecords { get; private set; }

    /// <summary>Whether there is anything that a checkpoint would make durable.</summary>
    public bool HasNews => _kept.Count > 0;

    /// <summary>
    /// Judges the batch's records after the given offset. To be called once per record, in offset order, when the batch before is applied.
    /// </summary>
    [MethodImpl(HotPath.Code)]
    public BatchWork Judge(KafkaBatch<IngestedRecord> batch, long afterOffset)
    {
        _entities.Trim(CheckpointOffset);
        List<RawRow> rows = new(batch.Records.Length);
        List<(long, RejectedRecord)> rejected = [];
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

            _judged.Add((
                Touch(EntityKind.Account, transaction.AccountId),
                Touch(EntityKind.Merchant, transaction.MerchantId),
                new(record.Offset, transaction)));
        }

        var work = new BatchWork
        {
            LastOffset = batch.LastOffset,
            StreamTimeMicros = _judgedStreamTimeMicros,
            FirstLoggedAtMs = firstLoggedAtMs,
            Rows = rows,
            Entities = TakeEntityWorks(),
            Rejected = rejected,
            Counters = new(rows.Count, late, duplicates, rejected.Count, 0),
        };
        PendingRecords += work.Records;
        return work;
    }

    /// <summary>The batch to send to an entity.</summary>
    public EntityBatch BatchFor(EntityWork work, long streamTimeMicros)
    {
        var sent = work.Entity.SentOffset;
        return new(At(work.LastOffset), sent > CheckpointOffset ? sent : -1, streamTimeMicros, work.Events);
    }

    /// <summary>Everything kept for an entity, and the work at hand: what an activation needs that knows only the checkpoint.</summary>
    public EntityBatch BatchSinceCheckpoint(EntityWork work, long streamTimeMicros)
    {
        List<EntityEvent> events = [];
        foreach (var kept in _kept.SelectMany(k => k.Entities))
        {
            if (kept.Entity == work.Entity)
            {
                events.AddRange(kept.Events.Span);
            }
        }

        events.AddRange(work.Events.Span);
        return new(At(work.LastOffset), -1, streamTimeMicros, events.ToArray());
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
    public IReadOnlySet<string> SilosToFlush() => _entities.SilosAfter(CheckpointOffset);

    /// <summary>What entities on a silo were sent since the checkpoint, to be applied again because that silo is gone.</summary>
    public IReadOnlyList<EntityWork> WorkSentTo(string silo)
    {
        Dictionary<TrackedEntity, List<EntityEvent>> events = [];
        foreach (var kept in _kept.SelectMany(k => k.Entities))
        {
            if (kept.Entity.Silo == silo && kept.Entity.SentOffset > CheckpointOffset)
            {
                if (!events.TryGetValue(kept.Entity, out var ofEntity))
                {
                    events.Add(kept.Entity, ofEntity = []);
                }

                ofEntity.AddRange(kept.Events.Span);
            }
        }

        return [.. events.Select(e => new EntityWork(e.Key, e.Value.ToArray()))];
    }

    /// <summary>
    /// The next move of the checkpoint, up to an offset at most, or the last one again while its outcome is unknown; null when nothing
    /// up to there is new.
    /// </summary>
    /// <param name="through">What was applied when the write buffers were last told to commit: later batches may not be durable.</param>
    public CheckpointAttempt? BeginCheckpoint(long through)
    {
        if (_attempt is null && _kept.TryPeek(out var first) && first.LastOffset <= through)
        {
            List<RawRow> rows = new(Math.Min(PendingRecords, MaxRowsPerCheckpoint));
            var batches = 0;
            Checkpoint next = default;
            foreach (var work in _kept)
            {
                if (work.LastOffset > through || (batches > 0 && rows.Count + work.Rows.Count > MaxRowsPerCheckpoint))
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
            PendingRecords -= _kept.Dequeue().Records;
        }

        Stored = attempt.Next;
        _attempt = null;
    }

    private TrackedEntity Touch(EntityKind kind, string id)
    {
        var entity = _entities.Get(kind, id);
        if (entity.Events++ == 0)
        {
            _touched.Add(entity);
        }

        return entity;
    }

    // Sorts the judged events by entity, by counting: one array for the batch, of which each entity gets a part.
    [MethodImpl(HotPath.Code)]
    private EntityWork[] TakeEntityWorks()
    {
        var events = new EntityEvent[2 * _judged.Count];
        var works = new EntityWork[_touched.Count];
        var start = 0;
        for (var i = 0; i < works.Length; i++)
        {
            var entity = _touched[i];
            works[i] = new(entity, new(events, start, entity.Events));
            entity.Next = start;
            start += entity.Events;
            entity.Events = 0;
        }

        foreach (var (account, merchant, item) in _judged)
        {
            events[account.Next++] = item;
            events[merchant.Next++] = item;
        }

        _judged.Clear();
        _touched.Clear();
        return works;
    }

    private static RejectedRecord RejectionOf(KafkaRecord<IngestedRecord> record) =>
        record.Value.Rejected
        ?? new(
            record.Undecodable?.Key,
            record.Undecodable?.Value,
            new(DeadLetterReason.Undecodable, record.Undecodable?.Reason ?? "The decoder gave no answer."));

    private long CheckpointOffset => Stored?.Position.Offset ?? -1;

    private Position At(long offset) => new(_epoch, _partition, offset);
}
