using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class EntityWindowsTests
{
    private readonly RecordingSink _sink = new();
    private readonly EntityMemory _memory = new(chunkLength: 64);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Windows_equal_a_naive_sum_whatever_the_order_and_however_often_batches_come(int seed)
    {
        var random = new Random(seed);
        var windows = new EntityWindows(EntityKind.Merchant, _memory);
        windows.Reset([], long.MinValue);
        var log = Generate(random, partitions: 3, count: 300);

        // Per partition the batches go in order, but any of them may come again, whole or with others, at any later time.
        var next = new int[3];
        while (next.Select((n, p) => n < log[p].Length).Any(open => open))
        {
            var partition = random.Next(3);
            if (next[partition] == log[partition].Length)
            {
                continue;
            }

            var from = random.Next(4) == 0 ? random.Next(next[partition] + 1) : next[partition];
            var to = Math.Min(log[partition].Length, next[partition] + random.Next(1, 20));
            windows.Apply(Batch(partition, log[partition][from..to], previous: -1), _sink);
            next[partition] = Math.Max(next[partition], to);
            if (random.Next(5) == 0)
            {
                windows = Restart(windows);
            }
        }

        var all = log.SelectMany(events => events).Select(e => e.Transaction).ToList();
        AssertStored(all);
        for (var i = 0; i < 5; i++)
        {
            AssertLive(windows, all, UnixMicros.MinuteOf(UnixMicros.From(Transactions.Noon.AddMinutes(random.Next(-100, 3000)))));
        }

        Assert.Equal(all.Max(t => t.OccurredAtMicros), windows.LastTransaction!.OccurredAtMicros);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Forgetting_old_buckets_changes_no_number(int seed)
    {
        var random = new Random(seed);
        var windows = new EntityWindows(EntityKind.Account, _memory);
        windows.Reset([], long.MinValue);
        var events = Generate(random, partitions: 1, count: 200)[0];
        foreach (var chunk in events.Chunk(7))
        {
            var batch = Batch(0, chunk, previous: -1);
            if (windows.CollectUnknown(batch) is { } unknown)
            {
                windows.AddStored([.. unknown.Where(_sink.Rows.ContainsKey).Select(k => _sink.Rows[k])]);
            }

            windows.Apply(batch, _sink);
            windows.Evict(UnixMicros.MinuteOf(UnixMicros.From(Transactions.Noon.AddMinutes(random.Next(3000)))), long.MaxValue);
        }

        AssertStored([.. events.Select(e => e.Transaction)]);
    }

    [Fact]
    public void Buckets_that_are_not_durable_are_never_forgotten()
    {
        var windows = new EntityWindows(EntityKind.Account, _memory);
        windows.Reset([], long.MinValue);
        windows.Apply(
            Batch(0, [new(0, Transactions.At(Transactions.Noon)), new(1, Transactions.At(Transactions.Noon.AddHours(1)))], previous: -1), _sink);

        windows.Evict(long.MaxValue, committedSequence: 0);
        Assert.Equal(2, windows.BucketCount);

        windows.Evict(long.MaxValue, committedSequence: 2);
        Assert.Equal(1, windows.BucketCount);
    }

    [Fact]
    public void A_fresh_activation_refuses_a_batch_whose_predecessor_it_never_saw()
    {
        var windows = new EntityWindows(EntityKind.Account, _memory);
        windows.Reset([], long.MinValue);
        var first = Batch(0, [new(3, Transactions.At(Transactions.Noon))], previous: -1);
        var second = Batch(0, [new(7, Transactions.At(Transactions.Noon))], previous: 3);

        Assert.True(windows.IsContinuedBy(first));
        Assert.False(windows.IsContinuedBy(second));
        windows.Apply(first, _sink);
        Assert.True(windows.IsContinuedBy(second));
    }

    [Fact]
    public void A_durable_bucket_does_not_stand_for_the_events_of_another_bucket()
    {
        // One bucket of the entity became durable at offset 7, the other bucket's event at offset 3 was lost with the silo.
        var windows = new EntityWindows(EntityKind.Account, _memory);
        var durable = Transactions.At(Transactions.Noon.AddMinutes(5));
        windows.Reset(
            [new("a", "GBP", UnixMicros.MinuteOf(durable.OccurredAtMicros), new() { Count = 1 }, [new(1, 0, 7)], durable)], long.MinValue);

        Assert.False(windows.IsContinuedBy(Batch(0, [new(9, durable)], previous: 7)));
    }

    [Fact]
    public void A_new_epoch_counts_although_its_offsets_are_smaller()
    {
        var windows = new EntityWindows(EntityKind.Account, _memory);
        windows.Reset([], long.MinValue);
        windows.Apply(Batch(0, [new(100, Transactions.At(Transactions.Noon))], previous: -1, epoch: 1), _sink);
        windows.Apply(Batch(0, [new(0, Transactions.At(Transactions.Noon))], previous: -1, epoch: 2), _sink);
        windows.Apply(Batch(0, [new(100, Transactions.At(Transactions.Noon))], previous: -1, epoch: 1), _sink);

        Assert.Equal(2, _sink.Rows.Values.Single().Totals.Count);
    }

    [Fact]
    public void Amounts_of_different_currencies_are_never_added()
    {
        var windows = new EntityWindows(EntityKind.Account, _memory);
        windows.Reset([], long.MinValue);
        windows.Apply(
            Batch(
                0,
                [
                    new(0, Transactions.At(Transactions.Noon, 100, currency: "JPY")),
                    new(1, Transactions.At(Transactions.Noon, 100, currency: "BHD")),
                ],
                previous: -1),
            _sink);

        var metrics = windows.Read(UnixMicros.MinuteOf(UnixMicros.From(Transactions.Noon)));
        Assert.Equal(["BHD", "JPY"], metrics.Select(m => m.Currency));
        Assert.All(metrics, m => Assert.Equal(100, m.LastMinute.DebitMinor));
    }

    [Fact]
    public void Windows_that_are_given_up_give_back_all_memory_and_answer_nothing()
    {
        var windows = new EntityWindows(EntityKind.Merchant, _memory);
        windows.Reset([], long.MinValue);
        foreach (var partition in (int[])[0, 1, 2])
        {
            EntityEvent[] events = [new(0, Transactions.At(Transactions.Noon)), new(1, Transactions.At(Transactions.Noon.AddHours(1)))];
            windows.Apply(Batch(partition, events, previous: -1), _sink);
        }

        // Two buckets, and further partitions of each and of what was received.
        Assert.Equal((2, 3), (_memory.Buckets.Count, _memory.Positions.Count));
        windows.Free();
        Assert.Equal((0, 0), (_memory.Buckets.Count, _memory.Positions.Count));
        Assert.True(windows.IsEmpty);
        Assert.False(windows.HasReceived);
        Assert.Null(windows.LastTransaction);
        Assert.False(windows.IsContinuedBy(Batch(0, [new(5, Transactions.At(Transactions.Noon))], previous: 1)));
    }

    [Fact]
    public void Windows_that_nobody_gave_up_leave_their_memory_to_the_collector()
    {
        Lose();
        for (var tries = 0; _memory.Buckets.Count > 0 && tries < 100; tries++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, _memory.Buckets.Count);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Lose()
        {
            var windows = new EntityWindows(EntityKind.Account, _memory);
            windows.Reset([], long.MinValue);
            windows.Apply(Batch(0, [new(0, Transactions.At(Transactions.Noon))], previous: -1), _sink);
            Assert.Equal(1, _memory.Buckets.Count);
        }
    }

    [Fact]
    public void A_bucket_is_called_new_until_the_sink_has_it_and_never_when_it_was_stored()
    {
        var windows = new EntityWindows(EntityKind.Account, _memory);
        var stored = Transactions.At(Transactions.Noon);
        windows.Reset([new("a", "GBP", UnixMicros.MinuteOf(stored.OccurredAtMicros), new() { Count = 1 }, [new(1, 0, 0)], stored)], long.MinValue);
        windows.Apply(Batch(0, [new(1, stored), new(2, Transactions.At(Transactions.Noon.AddHours(1)))], previous: -1), _sink);
        Assert.Equal([false, true], _sink.Rows.Values.OrderBy(r => r.WindowStartMinute).Select(r => r.IsNew));

        windows.Apply(Batch(0, [new(3, Transactions.At(Transactions.Noon.AddHours(1)))], previous: -1), _sink);
        Assert.Equal([false, false], _sink.Rows.Values.Select(r => r.IsNew));
    }

    [Fact]
    public void A_bucket_names_the_last_transaction_of_the_entity_also_when_the_batch_brings_an_older_one()
    {
        var windows = new EntityWindows(EntityKind.Account, _memory);
        windows.Reset([], long.MinValue);
        var newest = Transactions.At(Transactions.Noon.AddSeconds(30), id: "newest");
        windows.Apply(Batch(0, [new(0, newest)], previous: -1), _sink);
        windows.Apply(Batch(0, [new(1, Transactions.At(Transactions.Noon, id: "older"))], previous: -1), _sink);
        Assert.Equal(newest, _sink.Rows.Values.Single().LastTransaction);

        // One of another minute or currency is the last of nothing but its own bucket, which names any that it has.
        windows.Apply(
            Batch(
                0,
                [
                    new(2, Transactions.At(Transactions.Noon.AddMinutes(-5), id: "before")),
                    new(4, Transactions.At(Transactions.Noon, currency: "EUR", id: "euro")),
                ],
                previous: -1),
            _sink);
        Assert.Equal(
            ["before", "euro", "newest"],
            _sink.Rows.Values.OrderBy(r => (r.WindowStartMinute, r.Currency)).Select(r => r.LastTransaction.TransactionId));
        Assert.Equal(newest, windows.LastTransaction);
    }

    /// <summary>A backfill: if each bucket looked through the batch, this would take minutes under the entity's lock.</summary>
    [Fact]
    public void A_batch_that_touches_very_many_minutes_is_applied_in_a_moment()
    {
        const int Minutes = 100_000;
        var windows = new EntityWindows(EntityKind.Merchant, _memory);
        windows.Reset([], long.MaxValue);
        EntityEvent[] events =
            [.. Enumerable.Range(0, Minutes).Select(i => new EntityEvent(i, Transactions.At(Transactions.Noon.AddMinutes(i), id: $"{i}")))];
        var batch = Batch(0, events, previous: -1);
        var startedAt = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Equal(Minutes, windows.CollectUnknown(batch)!.Count);
        windows.Apply(batch, _sink);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(startedAt), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.All(_sink.Rows.Values, row => Assert.Equal(row.WindowStartMinute, UnixMicros.MinuteOf(row.LastTransaction.OccurredAtMicros)));
    }

    // A new activation that knows what is stored, as after a deactivation.
    private EntityWindows Restart(EntityWindows before)
    {
        Assert.False(before.IsEmpty);
        var windows = new EntityWindows(EntityKind.Merchant, _memory);
        windows.Reset([.. _sink.Rows.Values], long.MinValue);
        return windows;
    }

    private static EntityEvent[][] Generate(Random random, int partitions, int count)
    {
        string[] currencies = ["GBP", "JPY", "BHD"];
        return
        [
            .. Enumerable.Range(0, partitions).Select(_ => Enumerable.Range(0, random.Next(1, count)).Select(i => new EntityEvent(
                i * 3,
                Transactions.At(
                    Transactions.Noon.AddSeconds(random.Next(-2_000, 150_000)),
                    random.NextInt64(1_000_000),
                    currency: currencies[random.Next(3)],
                    type: (TransactionType)random.Next(1, 9),
                    status: (TransactionStatus)random.Next(1, 4)))).ToArray()),
        ];
    }

    private static EntityBatch Batch(int partition, EntityEvent[] events, long previous, long epoch = 1) =>
        new(new(epoch, partition, events[^1].Offset), previous, UnixMicros.None, events);

    private void AssertStored(IReadOnlyCollection<CardTransaction> all)
    {
        var expected = all.GroupBy(t => (t.Currency, Minute: UnixMicros.MinuteOf(t.OccurredAtMicros))).ToDictionary(g => g.Key, Naive);
        Assert.Equal(expected.Count, _sink.Rows.Count);
        foreach (var row in _sink.Rows.Values)
        {
            Assert.Equal(expected[(row.Currency, row.WindowStartMinute)], row.Totals);
        }
    }

    private static void AssertLive(EntityWindows windows, IReadOnlyCollection<CardTransaction> all, long asOfMinute)
    {
        foreach (var metrics in windows.Read(asOfMinute))
        {
            (int Minutes, BucketTotals Totals)[] served =
                [(1, metrics.LastMinute), (5, metrics.LastFiveMinutes), (60, metrics.LastHour), (1440, metrics.LastDay)];
            foreach (var (minutes, totals) in served)
            {
                var inside = all.Where(t => t.Currency == metrics.Currency
                    && UnixMicros.MinuteOf(t.OccurredAtMicros) <= asOfMinute
                    && UnixMicros.MinuteOf(t.OccurredAtMicros) > asOfMinute - minutes);
                Assert.Equal(Naive(inside), totals);
            }
        }
    }

    private static BucketTotals Naive(IEnumerable<CardTransaction> transactions)
    {
        var all = transactions.ToList();
        var approved = all.Where(t => t.Status == TransactionStatus.Approved).ToList();
        bool IsDebit(CardTransaction t) => t.Type
            is TransactionType.Purchase or TransactionType.Withdrawal or TransactionType.TransferOut or TransactionType.Fee;
        var debits = approved.Where(IsDebit).Select(t => t.AmountMinor).ToList();
        var credits = approved.Where(t => !IsDebit(t)).Select(t => t.AmountMinor).ToList();
        return new()
        {
            Count = all.Count,
            ApprovedCount = approved.Count,
            DeclinedCount = all.Count(t => t.Status == TransactionStatus.Declined),
            ReversedCount = all.Count(t => t.Status == TransactionStatus.Reversed),
            DebitMinor = debits.Sum(),
            DebitCount = debits.Count,
            CreditMinor = credits.Sum(),
            CreditCount = credits.Count,
            MinMinor = debits.DefaultIfEmpty().Min(),
            MaxMinor = debits.DefaultIfEmpty().Max(),
        };
    }
}
