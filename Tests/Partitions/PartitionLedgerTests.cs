using Analytics.Ingest;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Partitions;

public sealed class PartitionLedgerTests
{
    private const string Silo = "silo";
    private static readonly DateTimeOffset Noon = Windowing.Transactions.Noon;

    [Fact]
    public void Every_record_is_exactly_one_of_accepted_duplicate_and_dead_letter()
    {
        var ledger = New();
        var one = Windowing.Transactions.At(Noon, id: "1");
        var work = ledger.Judge(
            Batch(
                (0, new(one, null)),
                (1, new(null, new([1], [2], new(DeadLetterReason.NegativeAmount, "")))),
                (2, new(one, null)),
                (3, new(Windowing.Transactions.At(Noon.AddDays(-3), id: "old"), null))),
            afterOffset: -1);

        Assert.Equal(new PartitionCounters(Accepted: 2, Late: 1, Duplicates: 1, DeadLettered: 1, Saturated: 0), work.Counters);
        Assert.Equal([(0L, false), (3L, true)], work.Rows.Select(r => (r.Offset, r.Late)));
        Assert.Equal(1, work.Rejected.Single().Offset);
        Assert.Equal(2, work.Entities.Count);
        Assert.All(work.Entities, e => Assert.Equal(0, e.Events.ToArray().Single().Offset));
    }

    /// <summary>A read that began anew, in the middle of what was applied, delivers records again; a verdict is given once.</summary>
    [Fact]
    public void Records_at_or_below_the_offset_applied_are_not_judged_again()
    {
        var ledger = New();
        Send(ledger, 0);
        Send(ledger, 1);

        var work = ledger.Judge(Batch((0, Accepted("t0")), (1, Accepted("t1")), (2, Accepted("t2"))), ledger.Applied.Position.Offset);

        Assert.Equal(new PartitionCounters(Accepted: 1, Late: 0, Duplicates: 0, DeadLettered: 0, Saturated: 0), work.Counters);
        Assert.Equal(2, work.Rows.Single().Offset);
        Assert.All(work.Entities, e => Assert.Equal(2, e.Events.ToArray().Single().Offset));
        ledger.Apply(work);
        Assert.Equal(3, ledger.Applied.Counters.Accepted);
    }

    [Fact]
    public void A_batch_names_its_predecessor_until_that_one_is_checkpointed()
    {
        var ledger = New();
        Assert.Equal(-1, Send(ledger, 0).PreviousOffset);
        Assert.Equal(0, Send(ledger, 1).PreviousOffset);

        var attempt = ledger.BeginCheckpoint(long.MaxValue)!;
        Assert.Equal(1, Send(ledger, 2).PreviousOffset);
        ledger.CompleteCheckpoint(attempt);

        Assert.Equal(2, Send(ledger, 3).PreviousOffset);
        ledger.CompleteCheckpoint(ledger.BeginCheckpoint(long.MaxValue)!);
        Assert.Equal(-1, Send(ledger, 4).PreviousOffset);
        Assert.Equal(1, ledger.PendingRecords);
    }

    [Fact]
    public void An_entity_that_is_behind_gets_everything_since_the_checkpoint_in_order()
    {
        var ledger = New();
        Send(ledger, 0);
        ledger.CompleteCheckpoint(ledger.BeginCheckpoint(long.MaxValue)!);
        Send(ledger, 1);
        Send(ledger, 2);

        var work = ledger.Judge(Batch((3, Accepted("t3"))), 2).Entities.Single(e => e.Key.Kind == EntityKind.Account);
        var batch = ledger.BatchSinceCheckpoint(work, 0);

        Assert.Equal([1L, 2, 3], batch.Events.ToArray().Select(e => e.Offset));
        Assert.Equal(-1, batch.PreviousOffset);
    }

    [Fact]
    public void An_acknowledgement_that_comes_late_takes_nothing_back()
    {
        var ledger = New();
        Send(ledger, 0);
        Send(ledger, 1);
        var key = new EntityKey(EntityKind.Account, "a");
        Assert.Equal([Silo], ledger.SilosToFlush());

        // Offset 0 is applied again on another silo, while offset 1 was taken by an activation that is gone since.
        var entity = ledger.WorkSentTo(Silo).Single(w => w.Key == key).Entity;
        entity.Acknowledged(0, "other");

        Assert.Contains(Silo, ledger.SilosToFlush());
        Assert.Equal([0L, 1], ledger.WorkSentTo(Silo).Single(w => w.Key == key).Events.ToArray().Select(e => e.Offset));
        var next = ledger.Judge(Batch((2, Accepted("t2"))), 1).Entities.Single(e => e.Key == key);
        Assert.Equal(1, ledger.BatchFor(next, 0).PreviousOffset);

        entity.Acknowledged(1, "other");
        Assert.Equal([0L, 1], ledger.WorkSentTo("other").Single(w => w.Key == key).Events.ToArray().Select(e => e.Offset));
    }

    [Fact]
    public void An_attempt_of_unknown_outcome_is_repeated_unchanged()
    {
        var ledger = New();
        Send(ledger, 0);
        var attempt = ledger.BeginCheckpoint(long.MaxValue);
        Send(ledger, 1);

        Assert.Same(attempt, ledger.BeginCheckpoint(long.MaxValue));
        ledger.CompleteCheckpoint(attempt!);
        var next = ledger.BeginCheckpoint(long.MaxValue)!;
        Assert.Equal(attempt!.Next, next.Expected);
        Assert.Equal(1, next.Rows.Single().Offset);
        Assert.Equal(2, next.Next.Counters.Accepted);
    }

    [Fact]
    public void A_checkpoint_covers_nothing_that_was_applied_after_the_buffers_were_told_to_commit()
    {
        var ledger = New();
        Send(ledger, 0);
        var flushedThrough = ledger.Applied.Position.Offset;
        Send(ledger, 1);

        var attempt = ledger.BeginCheckpoint(flushedThrough)!;
        Assert.Equal(0, attempt.Next.Position.Offset);
        Assert.Equal(0, attempt.Rows.Single().Offset);
        ledger.CompleteCheckpoint(attempt);
        Assert.Null(ledger.BeginCheckpoint(flushedThrough));
    }

    [Fact]
    public void A_large_backlog_becomes_durable_in_several_checkpoints_of_whole_batches()
    {
        var ledger = New();
        const int BatchRecords = PartitionLedger.MaxRowsPerCheckpoint / 2;
        for (var batch = 0L; batch < 5; batch++)
        {
            var records = Enumerable.Range(0, BatchRecords)
                .Select(i => (batch * BatchRecords + i, Accepted($"t{batch}-{i}"))).ToArray();
            ledger.Apply(ledger.Judge(Batch(records), batch * BatchRecords - 1));
        }

        List<(long Offset, long Accepted, int Rows)> moves = [];
        while (ledger.BeginCheckpoint(long.MaxValue) is { } attempt)
        {
            Assert.Equal(ledger.Stored, attempt.Expected);
            moves.Add((attempt.Next.Position.Offset, attempt.Next.Counters.Accepted, attempt.Rows.Count));
            ledger.CompleteCheckpoint(attempt);
        }

        Assert.Equal([(19_999, 20_000, 20_000), (39_999, 40_000, 20_000), (49_999, 50_000, 10_000)], moves);
        Assert.Equal(0, ledger.PendingRecords);
        Assert.Equal(ledger.Applied, ledger.Stored);
    }

    [Fact]
    public void A_ledger_from_a_checkpoint_judges_lateness_as_the_one_before_it()
    {
        var ledger = New();
        ledger.Apply(ledger.Judge(Batch((0, Accepted("t0"))), -1));
        var checkpoint = ledger.BeginCheckpoint(long.MaxValue)!.Next;

        var resumed = new PartitionLedger(1, 0, checkpoint, new(TimeSpan.FromMinutes(10), 100), TimeSpan.FromHours(24));
        var work = resumed.Judge(Batch((1, new(Windowing.Transactions.At(Noon.AddDays(-2)), null))), 0);

        Assert.Equal(1, work.Counters.Late);
    }

    [Fact]
    public void Work_of_a_lost_silo_is_what_its_entities_took_since_the_checkpoint()
    {
        var ledger = New();
        Send(ledger, 0);
        Send(ledger, 1);

        Assert.Equal([Silo], ledger.SilosToFlush());
        var lost = ledger.WorkSentTo(Silo);
        Assert.Equal(2, lost.Count);
        Assert.All(lost, w => Assert.Equal([0L, 1], w.Events.ToArray().Select(e => e.Offset)));
        ledger.CompleteCheckpoint(ledger.BeginCheckpoint(long.MaxValue)!);
        Assert.Empty(ledger.SilosToFlush());
    }

    [Fact]
    public void An_acknowledgement_of_older_events_does_not_hide_a_newer_one()
    {
        var ledger = New();
        Send(ledger, 0);
        Send(ledger, 1);
        ledger.WorkSentTo(Silo).Single(w => w.Key.Kind == EntityKind.Account).Entity.Acknowledged(0, "another");

        Assert.Equal([Silo], ledger.SilosToFlush());
        Assert.Equal(1, Send(ledger, 2).PreviousOffset);
    }

    [Fact]
    public void Log_time_never_runs_back_and_is_that_of_the_record_accepted_before_when_it_is_missing()
    {
        var ledger = New();
        var records = new[] { 5_000L, 3_000, -1 }
            .Select((at, offset) => new KafkaRecord<IngestedRecord>(offset, at, Accepted($"t{offset}"), null));
        var work = ledger.Judge(new(0, 1, 0, [.. records]), -1);

        Assert.All(work.Rows, r => Assert.Equal(5_000_000, r.IngestedAtMicros));
    }

    private static PartitionLedger New() => new(1, 0, null, new(TimeSpan.FromMinutes(10), 100), TimeSpan.FromHours(24));

    private static IngestedRecord Accepted(string id) => new(Windowing.Transactions.At(Noon, id: id), null);

    private static EntityBatch Send(PartitionLedger ledger, long offset)
    {
        var work = ledger.Judge(Batch((offset, Accepted($"t{offset}"))), offset - 1);
        EntityBatch account = default;
        foreach (var entity in work.Entities)
        {
            var batch = ledger.BatchFor(entity, work.StreamTimeMicros);
            account = entity.Key.Kind == EntityKind.Account ? batch : account;
            entity.Entity.Acknowledged(offset, Silo);
        }

        ledger.Apply(work);
        return account;
    }

    private static KafkaBatch<IngestedRecord> Batch(params (long Offset, IngestedRecord Record)[] records) => new(
        0, 1, records[0].Offset, [.. records.Select(r => new KafkaRecord<IngestedRecord>(r.Offset, 1_000, r.Record, null))]);
}
