using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Storage;

public abstract partial class StoreContractTests
{
    [Theory]
    [InlineData(EntityKind.Account)]
    [InlineData(EntityKind.Merchant)]
    public async Task A_bucket_comes_back_with_every_field(EntityKind kind)
    {
        var id = NewId("Zoë's / \"café\" 日本 🛒%20'; --");
        var bucket = new BucketRow(
            id,
            "KWD",
            StoreSamples.Day + 3,
            new BucketTotals
            {
                Count = long.MaxValue,
                ApprovedCount = 1,
                DeclinedCount = 2,
                ReversedCount = 3,
                DebitMinor = long.MaxValue,
                DebitCount = 4,
                CreditMinor = long.MaxValue - 1,
                CreditCount = 5,
                MinMinor = 0,
                MaxMinor = long.MaxValue,
            },
            [new Position(long.MaxValue, int.MaxValue, long.MaxValue), new Position(0, 0, 0), new Position(3, 1, 12)],
            new CardTransaction
            {
                TransactionId = "t/1 ü",
                AccountId = "a",
                MerchantId = "sainsburys s/mkts",
                AmountMinor = long.MaxValue,
                Currency = "KWD",
                OccurredAtMicros = -2_208_988_799_999_999,
                Type = (TransactionType)40_000,
                Status = (TransactionStatus)int.MaxValue,
                Category = "",
                Country = "",
                Channel = (TransactionChannel)77,
            });

        await CommitAsync(kind, bucket);

        AssertSame(bucket, Assert.Single(await LoadAsync(id, kind: kind)));
        Assert.Empty(await LoadAsync(id, kind: kind == EntityKind.Account ? EntityKind.Merchant : EntityKind.Account));
    }

    [Fact]
    public async Task Raw_rows_take_numbers_of_newer_enums_and_old_times()
    {
        var row = StoreSamples.Rows(1)[0];
        row = row with
        {
            Transaction = row.Transaction with
            {
                Type = (TransactionType)int.MaxValue,
                Status = (TransactionStatus)100_000,
                Channel = (TransactionChannel)(-1),
                OccurredAtMicros = -2_208_988_799_999_999,
                AmountMinor = long.MaxValue,
                MerchantId = "日本 🛒/ ",
            },
        };

        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 0), [row], Cancel));
        Assert.Single(await RecentIdsAsync());
    }

    [Fact]
    public async Task Without_a_debit_the_smallest_and_largest_are_null()
    {
        var id = NewId();
        var bucket = StoreSamples.Bucket(id) with { Totals = new BucketTotals { Count = 1, DeclinedCount = 1 } };
        await CommitAsync(EntityKind.Account, bucket, StoreSamples.Bucket(id, StoreSamples.Day + 1, debit: 70));

        AssertSame(bucket, (await LoadAsync(id))[0]);

        // A zero instead of a null would be the smallest of the hour.
        var hour = Assert.Single(await WindowsAsync(id, HistoryStep.Hour));
        Assert.Equal((70, 70), (hour.Totals.MinMinor, hour.Totals.MaxMinor));
    }

    [Fact]
    public async Task A_bucket_is_overwritten_by_its_new_absolute_value()
    {
        var id = NewId();
        var later = StoreSamples.Bucket(id, debit: 250) with
        {
            Sources = [new Position(1, 0, 30), new Position(1, 3, 2)],
            LastTransaction = StoreSamples.Transaction("newer", id),
        };
        await CommitAsync(EntityKind.Merchant, StoreSamples.Bucket(id));
        await CommitAsync(EntityKind.Merchant, later);
        await CommitAsync(EntityKind.Merchant, later);

        AssertSame(later, Assert.Single(await LoadAsync(id, kind: EntityKind.Merchant)));
    }

    [Theory]
    [InlineData(EntityKind.Account)]
    [InlineData(EntityKind.Merchant)]
    public async Task A_bucket_that_is_called_new_is_written_beside_others(EntityKind kind)
    {
        var (added, other) = (NewId(), NewId());
        await CommitAsync(kind, StoreSamples.Bucket(added) with { IsNew = true });
        await CommitAsync(kind, StoreSamples.Bucket(other));

        var next = StoreSamples.Bucket(added, StoreSamples.Day + 1);
        await CommitAsync(kind, next with { IsNew = true }, StoreSamples.Bucket(other, debit: 70), StoreSamples.Bucket(added, debit: 250));

        AssertSame(StoreSamples.Bucket(other, debit: 70), Assert.Single(await LoadAsync(other, kind: kind)));
        var rows = await LoadAsync(added, kind: kind);
        Assert.Equal([250, next.Totals.DebitMinor], rows.OrderBy(r => r.WindowStartMinute).Select(r => r.Totals.DebitMinor));
        Assert.All(rows, row => Assert.False(row.IsNew));
    }

    /// <summary>The last of many, and after the accounts were written: nothing of the commit is left, and the next one works.</summary>
    [Fact]
    public async Task A_bucket_that_is_wrongly_called_new_is_written_over_or_refuses_the_whole_commit()
    {
        var (account, merchant) = (NewId(), NewId());
        await CommitAsync(EntityKind.Merchant, StoreSamples.Bucket(merchant, StoreSamples.Day + 1_999));
        BucketRow[] accounts = [StoreSamples.Bucket(account) with { IsNew = true }, StoreSamples.Bucket(account, StoreSamples.Day + 1)];
        BucketRow[] merchants =
            [.. Enumerable.Range(0, 2_000).Select(i => StoreSamples.Bucket(merchant, StoreSamples.Day + i, debit: 250) with { IsNew = true })];
        try
        {
            await Store.CommitBucketsAsync(accounts, merchants, Cancel);
        }
        catch (StoreUnavailableException)
        {
            Assert.Empty(await LoadAsync(account));
            Assert.Single(await LoadAsync(merchant, kind: EntityKind.Merchant));
            BucketCommit.ForgetNew(accounts);
            BucketCommit.ForgetNew(merchants);
            await Store.CommitBucketsAsync(accounts, merchants, Cancel);
        }

        Assert.Equal(2, (await LoadAsync(account)).Count);
        var stored = await LoadAsync(merchant, kind: EntityKind.Merchant);
        Assert.Equal(2_000, stored.Count);
        Assert.All(stored, row => Assert.Equal(250, row.Totals.DebitMinor));
    }

    [Fact]
    public async Task Committing_no_bucket_does_nothing()
    {
        await Store.CommitBucketsAsync([], [], Cancel);
    }

    [Fact]
    public async Task A_failing_bucket_leaves_none_of_its_commit()
    {
        var (good, bad) = (NewId(), NewId());

        await Assert.ThrowsAnyAsync<Exception>(() => Store.CommitBucketsAsync(
            [StoreSamples.Bucket(good)], [StoreSamples.Bucket(bad) with { Currency = null! }], Cancel));

        Assert.Empty(await LoadAsync(good));
        await CommitAsync(EntityKind.Account, StoreSamples.Bucket(good));
        Assert.Single(await LoadAsync(good));
    }

    [Fact]
    public async Task LoadEntities_answers_in_the_order_of_the_ids_also_for_unknown_ones()
    {
        var prefix = NewId();
        var ids = Enumerable.Range(0, 300).Select(i => $"{prefix}-{i * 7919 % 300}").ToArray();
        var known = ids.Where((_, i) => i % 3 == 0).ToArray();
        await CommitAsync(EntityKind.Account, [.. known.Select(id => StoreSamples.Bucket(id))]);

        var states = await Store.LoadEntitiesAsync(EntityKind.Account, ids, StoreSamples.Day, Cancel);

        Assert.Equal(ids, states.Select(state => state.EntityId));
        Assert.All(states, state => Assert.Equal(known.Contains(state.EntityId) ? 1 : 0, state.Buckets.Count));
        Assert.Empty(await Store.LoadEntitiesAsync(EntityKind.Account, [], StoreSamples.Day, Cancel));
    }

    [Fact]
    public async Task LoadEntities_gives_the_buckets_from_the_minute_on_in_time_order()
    {
        var id = NewId();
        long[] minutes = [StoreSamples.Day + 20_000, StoreSamples.Day - 1, StoreSamples.Day + 5, StoreSamples.Day];
        await CommitAsync(EntityKind.Account, [.. minutes.Select(minute => StoreSamples.Bucket(id, minute))]);

        Assert.Equal(minutes.Order(), (await LoadAsync(id)).Select(bucket => bucket.WindowStartMinute));
        Assert.Equal(
            [StoreSamples.Day, StoreSamples.Day + 5, StoreSamples.Day + 20_000],
            (await LoadAsync(id, StoreSamples.Day)).Select(bucket => bucket.WindowStartMinute));
        Assert.Equal(StoreSamples.Day + 20_000, Assert.Single(await LoadAsync(id, StoreSamples.Day + 6)).WindowStartMinute);
    }

    [Fact]
    public async Task LoadEntities_falls_back_to_the_newest_bucket()
    {
        var (id, other) = (NewId(), NewId());
        await CommitAsync(
            EntityKind.Account,
            StoreSamples.Bucket(id, StoreSamples.Day - 90_000),
            StoreSamples.Bucket(id, StoreSamples.Day - 80_000, "GBP", 7),
            StoreSamples.Bucket(other, StoreSamples.Day));

        var states = await Store.LoadEntitiesAsync(EntityKind.Account, [id, NewId(), other], StoreSamples.Day, Cancel);

        AssertSame(StoreSamples.Bucket(id, StoreSamples.Day - 80_000, "GBP", 7), Assert.Single(states[0].Buckets));
        Assert.Empty(states[1].Buckets);
        Assert.Single(states[2].Buckets);
    }

    [Fact]
    public async Task The_newest_minute_comes_with_all_its_currencies()
    {
        var id = NewId();
        await CommitAsync(
            EntityKind.Account,
            StoreSamples.Bucket(id, StoreSamples.Day - 5),
            StoreSamples.Bucket(id, StoreSamples.Day - 3),
            StoreSamples.Bucket(id, StoreSamples.Day - 3, "JPY"));

        Assert.Equal(["GBP", "JPY"], (await LoadAsync(id, StoreSamples.Day)).Select(bucket => bucket.Currency).Order());
    }

    [Fact]
    public async Task LoadBuckets_gives_only_the_buckets_asked_for()
    {
        var (a, b) = (NewId(), NewId());
        await CommitAsync(
            EntityKind.Account,
            StoreSamples.Bucket(a),
            StoreSamples.Bucket(a, StoreSamples.Day + 1),
            StoreSamples.Bucket(a, StoreSamples.Day + 1, "JPY"),
            StoreSamples.Bucket(b, StoreSamples.Day + 1));

        var rows = await Store.LoadBucketsAsync(
            EntityKind.Account,
            [new(a, "GBP", StoreSamples.Day), new(a, "JPY", StoreSamples.Day + 1), new(b, "GBP", StoreSamples.Day), new("?", "GBP", 0)],
            Cancel);

        Assert.Equal(
            [(a, "GBP", StoreSamples.Day), (a, "JPY", StoreSamples.Day + 1)],
            rows.Select(row => (row.EntityId, row.Currency, row.WindowStartMinute)).Order());
        Assert.Empty(await Store.LoadBucketsAsync(EntityKind.Account, [], Cancel));
    }

    [Fact]
    public async Task Ten_thousand_buckets_go_in_one_commit_and_come_back_in_one_load()
    {
        var prefix = NewId();
        BucketRow[] rows = [.. Enumerable.Range(0, 10_000).Select(i => StoreSamples.Bucket($"{prefix}-{i * 7919 % 10_000}"))];
        await Store.CommitBucketsAsync(rows, rows[..1_000], Cancel);
        await Store.CommitBucketsAsync(rows, rows[..1_000], Cancel);

        var states = await Store.LoadEntitiesAsync(EntityKind.Account, [.. rows.Select(row => row.EntityId)], StoreSamples.Day, Cancel);

        Assert.All(states, state => Assert.Single(state.Buckets));
        var keys = rows.Select(row => new BucketKey(row.EntityId, row.Currency, row.WindowStartMinute)).ToArray();
        Assert.Equal(10_000, (await Store.LoadBucketsAsync(EntityKind.Account, keys, Cancel)).Count);
        Assert.Equal(1_000, (await Store.LoadBucketsAsync(EntityKind.Merchant, keys, Cancel)).Count);
    }

    [Fact]
    public async Task Two_silos_that_commit_the_same_buckets_in_opposite_order_do_not_deadlock()
    {
        var prefix = NewId();
        BucketRow[] rows = [.. Enumerable.Range(0, 2_000).Select(i => StoreSamples.Bucket($"{prefix}-{i}"))];
        BucketRow[] reversed = [.. rows.Reverse()];
        var other = Open();

        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(Store.CommitBucketsAsync(rows, rows, Cancel), other.CommitBucketsAsync(reversed, reversed, Cancel));
        }

        Assert.Single(await LoadAsync($"{prefix}-77"));
        await CloseAsync(other);
    }

    private Task CommitAsync(EntityKind kind, params BucketRow[] buckets) => kind == EntityKind.Account
        ? Store.CommitBucketsAsync(buckets, [], Cancel)
        : Store.CommitBucketsAsync([], buckets, Cancel);
}
