using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Storage;

/// <summary>What every store must do; each store runs it on a database of its own.</summary>
public abstract partial class StoreContractTests : IAsyncLifetime
{
    // Records compare arrays by reference.
    private static readonly Position[] NoSources = [];

    private static int _entities;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected IAnalyticsStore Store { get; private set; } = null!;

    private IHistoryReader History => (IHistoryReader)Store;

    public async ValueTask InitializeAsync()
    {
        await PrepareAsync();
        Store = Open();
        await Store.MigrateAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync(Store);
        await DropAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes an empty database.</summary>
    protected abstract Task PrepareAsync();

    /// <summary>Another store on the test's database, as another silo has it.</summary>
    protected abstract IAnalyticsStore Open();

    protected abstract Task DropAsync();

    protected static async Task CloseAsync(IAnalyticsStore store)
    {
        if (store is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else
        {
            ((IDisposable)store).Dispose();
        }
    }

    [Fact]
    public async Task DescribeAsync_names_product_and_address_in_one_line()
    {
        var line = await Store.DescribeAsync(Cancel);

        Assert.NotEmpty(line);
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain("password", line, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task MigrateAsync_again_keeps_what_is_stored()
    {
        Assert.True(await Store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 5), [], Cancel));

        await Store.MigrateAsync(Cancel);

        Assert.Equal([StoreSamples.At(0, 1, 5)], await Store.ReadCheckpointsAsync(Cancel));
    }

    [Fact]
    public async Task Several_processes_migrate_an_empty_database_at_once()
    {
        await CloseAsync(Store);
        await DropAsync();
        await PrepareAsync();
        var stores = Enumerable.Range(0, 4).Select(_ => Open()).ToArray();

        await Task.WhenAll(stores.Select(store => store.MigrateAsync(Cancel)));

        foreach (var store in stores)
        {
            Assert.Empty(await store.ReadCheckpointsAsync(Cancel));
        }

        Store = stores[0];
        foreach (var store in stores[1..])
        {
            await CloseAsync(store);
        }
    }

    /// <summary>An id that no other test uses.</summary>
    private static string NewId(string prefix = "entity") => $"{prefix}-{Interlocked.Increment(ref _entities)}";

    private async Task<IReadOnlyList<BucketRow>> LoadAsync(string id, long fromMinute = long.MinValue, EntityKind kind = EntityKind.Account) =>
        Assert.Single(await Store.LoadEntitiesAsync(kind, [id], fromMinute, Cancel)).Buckets;

    private static void AssertSame(BucketRow expected, BucketRow actual)
    {
        Assert.Equal(expected.Sources.Order(StoreSamples.ByPosition), actual.Sources.Order(StoreSamples.ByPosition));
        Assert.Equal(expected with { Sources = NoSources }, actual with { Sources = NoSources });
    }
}
