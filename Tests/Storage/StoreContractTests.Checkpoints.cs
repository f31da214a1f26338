using Analytics.Storage;
using Analytics.Transactions;

namespace Analytics.Tests.Storage;

public abstract partial class StoreContractTests
{
    [Fact]
    public async Task Checkpoints_of_several_partitions_come_back_with_every_field()
    {
        var extreme = new Checkpoint(
            new Position(long.MaxValue, int.MaxValue, long.MaxValue - 1),
            StoreSamples.Micros(StoreSamples.Day) + 123_456,
            new PartitionCounters(long.MaxValue, 1, 2, 3, 4));
        var none = new Checkpoint(new Position(0, 0, -1), UnixMicros.None, default);
        Assert.True(await Store.CommitCheckpointAsync(null, none, [], Cancel));
        Assert.True(await Store.CommitCheckpointAsync(null, extreme, [], Cancel));

        Assert.Equal([none, extreme], (await Store.ReadCheckpointsAsync(Cancel)).OrderBy(checkpoint => checkpoint.Position.Partition));
    }

    [Fact]
    public async Task A_checkpoint_moves_from_the_expected_one()
    {
        var (first, second) = (StoreSamples.At(0, 1, 9), StoreSamples.At(0, 1, 19));
        Assert.True(await Store.CommitCheckpointAsync(null, first, StoreSamples.Rows(10), Cancel));
        Assert.True(await Store.CommitCheckpointAsync(first, second, StoreSamples.Rows(10, 10), Cancel));

        Assert.Equal([second], await Store.ReadCheckpointsAsync(Cancel));
        Assert.Equal(20, (await RecentIdsAsync()).Count);
    }

    [Fact]
    public async Task An_unexpected_checkpoint_writes_nothing()
    {
        var stored = StoreSamples.At(0, 1, 9);
        Assert.True(await Store.CommitCheckpointAsync(null, stored, StoreSamples.Rows(10), Cancel));

        foreach (var expected in new Checkpoint?[] { null, StoreSamples.At(0, 1, 8), StoreSamples.At(0, 0, 9) })
        {
            Assert.False(await Store.CommitCheckpointAsync(expected, StoreSamples.At(0, 1, 19), StoreSamples.Rows(10, 10), Cancel));
        }

        Assert.False(await Store.CommitCheckpointAsync(StoreSamples.At(1, 1, 9), StoreSamples.At(1, 1, 19), StoreSamples.Rows(10), Cancel));
        Assert.Equal([stored], await Store.ReadCheckpointsAsync(Cancel));
        Assert.Equal(10, (await RecentIdsAsync()).Count);
        Assert.Empty(await RecentIdsAsync(partition: 1));
    }

    [Fact]
    public async Task Of_two_owners_that_move_the_same_checkpoint_one_wins()
    {
        var start = StoreSamples.At(0, 1, 0);
        Assert.True(await Store.CommitCheckpointAsync(null, start, StoreSamples.Rows(1), Cancel));
        var other = Open();

        // The very same move, so that only the store can tell the owners apart.
        var next = StoreSamples.At(0, 1, 100);
        var moved = await Task.WhenAll(new[] { Store, other, Open() }.Select(
            store => Task.Run(() => store.CommitCheckpointAsync(start, next, StoreSamples.Rows(100, 1), Cancel), Cancel)));

        Assert.Single(moved, won => won);
        Assert.Equal(101, (await RecentIdsAsync()).Count);
        await CloseAsync(other);
    }

    [Fact]
    public async Task A_repeated_commit_of_one_owner_is_confirmed_and_not_doubled()
    {
        var (first, second) = (StoreSamples.At(0, 1, 9), StoreSamples.At(0, 1, 19));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.True(await Store.CommitCheckpointAsync(null, first, StoreSamples.Rows(10), Cancel));
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.True(await Store.CommitCheckpointAsync(first, second, StoreSamples.Rows(10, 10), Cancel));
        }

        Assert.False(await Store.CommitCheckpointAsync(null, first, StoreSamples.Rows(10), Cancel));
        Assert.Equal(20, (await RecentIdsAsync()).Count);
    }

    [Fact]
    public async Task A_new_epoch_begins_at_any_offset_and_ends_the_old_one()
    {
        var old = StoreSamples.At(0, 1, 1_000);
        var begun = StoreSamples.At(0, 2, 5);
        Assert.True(await Store.CommitCheckpointAsync(null, old, [], Cancel));
        Assert.True(await Store.CommitCheckpointAsync(old, begun, StoreSamples.Rows(6), Cancel));

        Assert.Equal([begun], await Store.ReadCheckpointsAsync(Cancel));
        Assert.False(await Store.CommitCheckpointAsync(old, StoreSamples.At(0, 1, 1_001), StoreSamples.Rows(1), Cancel));
        Assert.False(await Store.CommitCheckpointAsync(old, StoreSamples.At(0, 3, 1), StoreSamples.Rows(1), Cancel));
        Assert.False(await Store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 1_001), StoreSamples.Rows(1), Cancel));
        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(0, 3, 0), [], Cancel));
        Assert.Equal(6, (await RecentIdsAsync()).Count);
    }

    [Fact]
    public async Task A_failing_row_leaves_the_checkpoint_where_it_was()
    {
        var start = StoreSamples.At(0, 1, 0);
        Assert.True(await Store.CommitCheckpointAsync(null, start, StoreSamples.Rows(1), Cancel));
        var rows = StoreSamples.Rows(2_000, 1);
        rows[1_990] = rows[1_990] with { Transaction = rows[1_990].Transaction with { Country = null! } };

        var thrown = await Assert.ThrowsAnyAsync<Exception>(
            () => Store.CommitCheckpointAsync(start, StoreSamples.At(0, 1, 2_000), rows, Cancel));

        Assert.IsNotType<StoreUnavailableException>(thrown);
        Assert.Equal([start], await Store.ReadCheckpointsAsync(Cancel));
        Assert.Single(await RecentIdsAsync());

        // And the store works on.
        Assert.True(await Store.CommitCheckpointAsync(start, StoreSamples.At(0, 1, 2_000), StoreSamples.Rows(2_000, 1), Cancel));
        Assert.Equal(2_001, (await RecentIdsAsync()).Count);
    }

    [Fact]
    public async Task A_checkpoint_that_would_go_back_is_the_callers_mistake()
    {
        await Assert.ThrowsAsync<ArgumentException>(
            () => Store.CommitCheckpointAsync(StoreSamples.At(0, 1, 5), StoreSamples.At(0, 1, 5), [], Cancel));
        await Assert.ThrowsAsync<ArgumentException>(
            () => Store.CommitCheckpointAsync(StoreSamples.At(0, 1, 5), StoreSamples.At(1, 1, 6), [], Cancel));
    }

    [Fact]
    public async Task A_cancelled_call_writes_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 9), StoreSamples.Rows(10), cancelled.Token));

        Assert.Empty(await Store.ReadCheckpointsAsync(Cancel));
    }

    [Fact]
    public async Task Recent_ids_are_the_newest_of_one_partition_oldest_first()
    {
        var (first, second) = (StoreSamples.At(0, 1, 9), StoreSamples.At(0, 1, 19));
        Assert.True(await Store.CommitCheckpointAsync(null, first, StoreSamples.Rows(10, 0, 1_000_000), Cancel));
        Assert.True(await Store.CommitCheckpointAsync(first, second, StoreSamples.Rows(10, 10, 2_000_000), Cancel));
        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(7, 1, 0), StoreSamples.Rows(1, 500, 2_000_000), Cancel));

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => new RecentTransactionId($"t{i}", i < 10 ? 1_000_000 : 2_000_000)),
            await RecentIdsAsync());
        Assert.Equal(["t17", "t18", "t19"], (await RecentIdsAsync(limit: 3)).Select(recent => recent.TransactionId));
        Assert.Equal(10, (await RecentIdsAsync(since: 2_000_000)).Count);
        Assert.Empty(await RecentIdsAsync(since: 2_000_001));
        Assert.Equal(["t500"], (await RecentIdsAsync(partition: 7)).Select(recent => recent.TransactionId));
    }

    [Fact]
    public async Task Ten_thousand_raw_rows_go_in_one_commit()
    {
        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 9_999), StoreSamples.Rows(10_000), Cancel));

        var ids = await RecentIdsAsync();
        Assert.Equal(10_000, ids.Count);
        Assert.Equal("t9999", ids[^1].TransactionId);
    }

    private Task<IReadOnlyList<RecentTransactionId>> RecentIdsAsync(
        int partition = 0, long since = long.MinValue, int limit = 1_000_000) =>
        Store.ReadRecentTransactionIdsAsync(partition, since, limit, Cancel);
}
