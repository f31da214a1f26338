using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Storage;

/// <summary>What every reconciler must find; each store runs it on a database of its own, with changes made by hand in SQL.</summary>
public abstract class ReconcilerContractTests : IAsyncLifetime
{
    private const long Minute = StoreSamples.Day;

    private IAnalyticsStore _store = null!;

    public static TheoryData<string> Fields => [.. ReconcileFindings.Fields];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IReconciler Reconciler { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (_store, Reconciler) = await OpenAsync();
        await _store.MigrateAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>An empty database.</summary>
    protected abstract Task<(IAnalyticsStore Store, IReconciler Reconciler)> OpenAsync();

    protected abstract Task CloseAsync();

    protected abstract Task ExecuteAsync(string sql);

    /// <summary>A literal of the column <c>sources</c>.</summary>
    protected abstract string Sources(params long[] flattened);

    [Fact]
    public async Task An_empty_store_is_equal()
    {
        var report = await ReconcileAsync();

        Assert.Equal((0, 0, 0, 0), (report.DifferenceCount, report.AccountWindows, report.RawRows, report.Checkpoints));
    }

    [Fact]
    public async Task A_store_that_the_products_own_arithmetic_filled_is_equal()
    {
        await FillAsync();

        var report = await ReconcileAsync();

        Assert.Empty(report.Differences);
        Assert.Equal(0, report.DifferenceCount);
        Assert.Equal((13, 1, 3, 0), (report.RawRows, report.LateRows, report.Checkpoints, report.InFlight));
        Assert.Equal((6, 5), (report.AccountWindows, report.MerchantWindows));
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task Each_field_that_was_changed_is_found(string field)
    {
        await FillAsync();
        var value = field == "sources" ? Sources(1, 0, 0) : $"coalesce({field}, 0) + 1";
        await ExecuteAsync($"UPDATE account_windows SET {field} = {value} WHERE account_id = 'declined'");
        await ExecuteAsync($"UPDATE merchant_windows SET {field} = {value} WHERE merchant_id = 'second'");

        var report = await ReconcileAsync();

        Assert.Equal([("account_windows", field), ("merchant_windows", field)], report.Differences.Select(d => (d.Table, d.Field)));
        Assert.Equal("declined GBP 2026-01-15T00:01Z", report.Differences[0].Key);
        Assert.All(report.Differences, difference => Assert.NotEqual(difference.Stored, difference.Recomputed));
    }

    [Fact]
    public async Task A_null_where_there_is_a_value_is_found()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE account_windows SET max_minor = NULL WHERE account_id = 'saturated'");

        var difference = Assert.Single((await ReconcileAsync()).Differences);

        Assert.Equal(("max_minor", null, $"{long.MaxValue}"), (difference.Field, difference.Stored, difference.Recomputed));
    }

    [Fact]
    public async Task A_missing_and_a_surplus_window_are_found()
    {
        await FillAsync();
        await ExecuteAsync("DELETE FROM merchant_windows WHERE merchant_id = 'second'");
        await ExecuteAsync("UPDATE account_windows SET currency = 'EUR' WHERE account_id = 'declined'");

        var report = await ReconcileAsync();

        Assert.Equal(3, report.DifferenceCount);
        Assert.All(report.Differences, difference => Assert.Equal(ReconcileDifference.Row, difference.Field));
        Assert.Single(report.Differences, d => d.Table == "merchant_windows" && d.Stored is null);
        Assert.Single(report.Differences, d => d.Key.StartsWith("declined EUR", StringComparison.Ordinal) && d.Recomputed is null);
        Assert.Single(report.Differences, d => d.Key.StartsWith("declined GBP", StringComparison.Ordinal) && d.Stored is null);
    }

    [Fact]
    public async Task A_missing_raw_row_is_found_in_its_windows_and_in_the_counter()
    {
        await FillAsync();
        await ExecuteAsync("DELETE FROM transactions WHERE epoch = 1 AND kafka_offset IN (4, 7)");

        var report = await ReconcileAsync();

        Assert.Contains(report.Differences, d => d is { Table: "checkpoints", Field: "accepted" });
        Assert.Contains(report.Differences, d => d.Table == "account_windows" && d.Field == ReconcileDifference.Row && d.Recomputed is null);
        Assert.Contains(report.Differences, d => d is { Table: "account_windows", Field: "approved_count" });
        Assert.Contains(report.Differences, d => d is { Table: "merchant_windows", Field: "count" });
    }

    [Fact]
    public async Task A_raw_row_that_is_there_twice_is_found()
    {
        await FillAsync();
        await ExecuteAsync("INSERT INTO transactions SELECT * FROM transactions WHERE account_id = 'declined'");

        var report = await ReconcileAsync();

        var repeated = Assert.Single(report.Differences, d => d.Table == "transactions");
        Assert.Equal(("1/0@4", "2 times", "once"), (repeated.Key, repeated.Stored, repeated.Recomputed));
        Assert.Contains(report.Differences, d => d is { Table: "account_windows", Field: "declined_count" });
    }

    [Theory]
    [InlineData("accepted")]
    [InlineData("late")]
    public async Task A_counter_that_is_off_is_found(string counter)
    {
        await FillAsync();
        await ExecuteAsync($"UPDATE checkpoints SET {counter} = {counter} + 1 WHERE partition = 1 AND epoch = 2");

        var difference = Assert.Single((await ReconcileAsync()).Differences);

        Assert.Equal(("checkpoints", "partition 1 epoch 2", counter), (difference.Table, difference.Key, difference.Field));
    }

    [Fact]
    public async Task Rows_beyond_the_checkpoint_and_rows_without_one_are_found()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE transactions SET kafka_offset = 1000 WHERE late");
        await ExecuteAsync("DELETE FROM checkpoints WHERE partition = 1 AND epoch = 1");

        var report = await ReconcileAsync();

        Assert.Equal(
            [("partition 0 epoch 1", "offset"), ("partition 1 epoch 1", ReconcileDifference.Row)],
            report.Differences.Select(d => (d.Key, d.Field)));
    }

    [Fact]
    public async Task Windows_ahead_of_the_checkpoint_are_skipped_and_counted()
    {
        await FillAsync();
        var position = new Position(2, 1, 500);
        await _store.CommitBucketsAsync(
            [StoreSamples.Bucket("ahead") with { Sources = [position] }],
            [StoreSamples.Bucket("new partition") with { Sources = [new Position(1, 9, 0)] }],
            Cancel);
        await ExecuteAsync($"UPDATE account_windows SET count = 99, sources = {Sources(1, 0, 4, 3, 1, 0)} WHERE account_id = 'declined'");

        var report = await ReconcileAsync();

        Assert.Equal((0, 3), (report.DifferenceCount, report.InFlight));
    }

    [Fact]
    public async Task What_an_earlier_epoch_left_behind_its_checkpoint_is_not_in_flight()
    {
        await FillAsync();
        await _store.CommitBucketsAsync([StoreSamples.Bucket("lost") with { Sources = [new Position(1, 1, 500)] }], [], Cancel);

        var report = await ReconcileAsync();

        Assert.Equal((1, 0), (report.DifferenceCount, report.InFlight));
    }

    [Fact]
    public async Task A_range_leaves_the_rest_and_the_counters_out()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE account_windows SET count = 99 WHERE account_id = 'declined'");
        await ExecuteAsync("UPDATE checkpoints SET accepted = 99 WHERE partition = 0");

        Assert.Equal(0, (await ReconcileAsync(null, Day.AddMinutes(1))).DifferenceCount);
        Assert.Equal(0, (await ReconcileAsync(Day.AddMinutes(1).AddMilliseconds(1), null)).DifferenceCount);
        var report = await ReconcileAsync(Day.AddMinutes(1), Day.AddMinutes(2));
        Assert.Equal((1, false, 1), (report.DifferenceCount, report.CountersCompared, report.RawRows));
    }

    [Fact]
    public async Task All_differences_are_counted_and_the_first_are_kept()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE account_windows SET count = 99, debit_count = 99");

        var report = await Reconciler.ReconcileAsync(null, null, 3, Cancel);

        Assert.Equal((12, 3), (report.DifferenceCount, report.Differences.Count));
        Assert.Equal(12, report.DifferencesByTable["account_windows"]);
    }

    private static DateTimeOffset Day => UnixMicros.ToDateTimeOffset(StoreSamples.Micros(Minute));

    private Task<ReconcileReport> ReconcileAsync(DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        Reconciler.ReconcileAsync(from, to, 50, Cancel);

    /// <summary>Thirteen rows of two partitions and two epochs, and their windows: every status and type, unknown numbers, saturation, a late row.</summary>
    private async Task FillAsync()
    {
        (Position Position, CardTransaction Transaction)[] rows =
        [
            (new(1, 0, 0), Row("saturated") with { AmountMinor = long.MaxValue }),
            (new(1, 0, 1), Row("saturated") with { AmountMinor = 7, Type = TransactionType.Fee }),
            (new(1, 0, 2), Row("saturated") with { AmountMinor = long.MaxValue, Type = TransactionType.Deposit }),
            (new(1, 0, 3), Row("saturated") with { AmountMinor = 1, Type = TransactionType.Chargeback }),
            (new(1, 0, 4), Row("declined", 1) with { Status = TransactionStatus.Declined }),
            (new(1, 0, 6), Row("unknown") with { Status = (TransactionStatus)17 }),
            (new(1, 0, 7), Row("unknown") with { Type = (TransactionType)99 }),
            (new(1, 0, 9), Row("unknown") with { Status = TransactionStatus.Reversed }),
            (new(1, 1, 3), Row("both") with { MerchantId = "second" }),
            (new(2, 1, 0), Row("both") with { MerchantId = "second", AmountMinor = 0, Type = TransactionType.Withdrawal }),
            (new(2, 1, 1), Row("both") with { Currency = "JPY" }),
            (new(2, 1, 2), Row("before 1970") with { OccurredAtMicros = -1 }),
        ];
        var late = new RawRow(Row("late", -5_000), 8, StoreSamples.Micros(Minute), true);
        Checkpoint? partition1 = null;
        foreach (var group in rows.GroupBy(row => (row.Position.Partition, row.Position.Epoch)))
        {
            var raw = group.Select(row => new RawRow(row.Transaction, row.Position.Offset, StoreSamples.Micros(Minute), false)).ToList();
            if (group.Key.Partition == 0)
            {
                raw.Insert(raw.Count - 1, late);
            }

            var next = new Checkpoint(
                new Position(group.Key.Epoch, group.Key.Partition, raw[^1].Offset + 1),
                StoreSamples.Micros(Minute),
                new PartitionCounters(raw.Count, raw.Count(row => row.Late), 1, 0, 0));
            Assert.True(await _store.CommitCheckpointAsync(group.Key.Epoch == 2 ? partition1 : null, next, raw, Cancel));
            partition1 = next;
        }

        await _store.CommitBucketsAsync(Buckets(rows, row => row.AccountId), Buckets(rows, row => row.MerchantId), Cancel);
    }

    private static List<BucketRow> Buckets(
        IEnumerable<(Position Position, CardTransaction Transaction)> rows, Func<CardTransaction, string> id) =>
    [
        .. rows.GroupBy(row => (Id: id(row.Transaction), row.Transaction.Currency, Minute: UnixMicros.MinuteOf(row.Transaction.OccurredAtMicros)))
            .Select(window =>
            {
                var totals = default(BucketTotals);
                foreach (var (_, transaction) in window)
                {
                    BucketMath.Add(ref totals, transaction);
                }

                var sources = window.GroupBy(row => row.Position.Partition).Select(partition => partition.Last().Position).Reverse();
                return new BucketRow(
                    window.Key.Id, window.Key.Currency, window.Key.Minute, totals, [.. sources], window.Last().Transaction);
            }),
    ];

    private static CardTransaction Row(string account, long minute = 0) =>
        StoreSamples.Transaction(Guid.NewGuid().ToString("N"), account, Minute + minute) with { MerchantId = "first" };
}
