using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Storage;

public abstract partial class StoreContractTests
{
    private const string Silo = "127.0.0.1:11111@1";

    [Fact]
    public async Task A_fenced_silo_writes_neither_buckets_nor_checkpoints_and_others_do()
    {
        var other = Open();
        var id = NewId();
        await Store.OpenLeaseAsync(Silo, Cancel);
        await other.OpenLeaseAsync("127.0.0.1:11112@2", Cancel);
        await Store.CommitBucketsAsync([StoreSamples.Bucket(id)], [], Cancel);
        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 9), StoreSamples.Rows(10), Cancel));

        await other.FenceAsync([Silo], Cancel);

        var late = NewId();
        await Assert.ThrowsAsync<SiloFencedException>(() => Store.CommitBucketsAsync([StoreSamples.Bucket(late)], [], Cancel));
        await Assert.ThrowsAsync<SiloFencedException>(() => Store.CommitBucketsAsync([], [StoreSamples.Bucket(late)], Cancel));
        await Assert.ThrowsAsync<SiloFencedException>(
            () => Store.CommitCheckpointAsync(StoreSamples.At(0, 1, 9), StoreSamples.At(0, 1, 19), StoreSamples.Rows(10, 10), Cancel));
        Assert.Empty(await LoadAsync(late));
        Assert.Empty(await LoadAsync(late, kind: EntityKind.Merchant));
        Assert.Equal([StoreSamples.At(0, 1, 9)], await Store.ReadCheckpointsAsync(Cancel));
        Assert.Equal(10, (await RecentIdsAsync()).Count);

        Assert.Single(await LoadAsync(id));
        await other.CommitBucketsAsync([StoreSamples.Bucket(late)], [], Cancel);
        Assert.True(await other.CommitCheckpointAsync(StoreSamples.At(0, 1, 9), StoreSamples.At(0, 1, 19), StoreSamples.Rows(10, 10), Cancel));
        await CloseAsync(other);
    }

    [Fact]
    public async Task A_silo_that_was_fenced_before_it_opened_its_lease_never_does()
    {
        await Store.FenceAsync([Silo, "127.0.0.1:11111@0"], Cancel);
        await Store.FenceAsync([Silo], Cancel);
        await Store.FenceAsync([], Cancel);

        await Assert.ThrowsAsync<SiloFencedException>(() => Store.OpenLeaseAsync(Silo, Cancel));

        await Store.OpenLeaseAsync("127.0.0.1:11111@2", Cancel);
        await Store.OpenLeaseAsync("127.0.0.1:11111@2", Cancel);
        await Store.CommitBucketsAsync([StoreSamples.Bucket(NewId())], [], Cancel);
    }

    [Fact]
    public async Task Several_silos_fence_the_same_silos_at_once()
    {
        var others = Enumerable.Range(0, 3).Select(_ => Open()).ToArray();
        string[] dead = [.. Enumerable.Range(0, 20).Select(i => $"10.0.0.{i}:11111@1")];

        await Task.WhenAll(others.Select((store, i) => store.FenceAsync(i % 2 == 0 ? dead : [.. dead.Reverse()], Cancel)));

        await Assert.ThrowsAsync<SiloFencedException>(() => Store.OpenLeaseAsync(dead[^1], Cancel));
        foreach (var store in others)
        {
            await CloseAsync(store);
        }
    }

    [Fact]
    public async Task What_a_silo_committed_before_its_fence_is_all_there_and_nothing_comes_after()
    {
        var other = Open();
        await Store.OpenLeaseAsync(Silo, Cancel);
        var ids = Enumerable.Range(0, 500).Select(_ => NewId()).ToArray();
        var committed = 0;

        // The buckets are many, so that the fence nearly always comes in the middle of a commit.
        var committing = Task.Run(
            async () =>
            {
                for (var round = 0; ; round++)
                {
                    var totals = StoreSamples.Bucket(ids[0]).Totals with { Count = round + 1 };
                    await Store.CommitBucketsAsync([.. ids.Select(id => StoreSamples.Bucket(id) with { Totals = totals })], [], Cancel);
                    Volatile.Write(ref committed, round + 1);
                }
            },
            Cancel);
        while (Volatile.Read(ref committed) < 3)
        {
            await Task.Delay(5, Cancel);
        }

        await other.FenceAsync([Silo], Cancel);
        var atFence = await other.LoadEntitiesAsync(EntityKind.Account, ids, long.MinValue, Cancel);

        await Assert.ThrowsAsync<SiloFencedException>(() => committing.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        var afterwards = await other.LoadEntitiesAsync(EntityKind.Account, ids, long.MinValue, Cancel);
        Assert.Equal(atFence.Select(CountOf), afterwards.Select(CountOf));
        Assert.InRange(Assert.Single(atFence.Select(CountOf).Distinct()), committed, committed + 1);
        await CloseAsync(other);

        static long CountOf(EntityState state) => Assert.Single(state.Buckets).Totals.Count;
    }
}
