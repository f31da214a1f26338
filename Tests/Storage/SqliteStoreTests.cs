using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Analytics.Tests.Storage;

public sealed class SqliteStoreTests : StoreContractTests
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"sqlite-store-{Guid.NewGuid():N}");

    private string DatabasePath => Path.Combine(_folder, "new folder", "analytics.db");

    protected override Task PrepareAsync() => Task.CompletedTask;

    protected override IAnalyticsStore Open() => new SqliteStore(DatabasePath, TimeSpan.FromSeconds(20));

    protected override Task DropAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_database_that_another_process_holds_is_unavailable_until_it_lets_go()
    {
        using var store = new SqliteStore(DatabasePath, TimeSpan.FromSeconds(1));
        using (var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=False"))
        {
            other.Open();
            using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();

            var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 9), StoreSamples.Rows(10), Cancel));
            Assert.Contains(DatabasePath, thrown.Message, StringComparison.Ordinal);
            Assert.Contains("Storage:Path", thrown.Message, StringComparison.Ordinal);
        }

        Assert.True(await store.CommitCheckpointAsync(null, StoreSamples.At(0, 1, 9), StoreSamples.Rows(10), Cancel));
        Assert.Single(await store.ReadCheckpointsAsync(Cancel));
    }

    [Fact]
    public async Task A_path_that_cannot_be_opened_is_unavailable()
    {
        using var store = new SqliteStore(Path.Combine(DatabasePath, "below a file", "analytics.db"));

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.MigrateAsync(Cancel));

        Assert.Contains("Storage:Path", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_table_is_a_fault_of_the_program()
    {
        using var store = new SqliteStore(Path.Combine(_folder, "empty.db"));

        await Assert.ThrowsAsync<SqliteException>(() => store.ReadCheckpointsAsync(Cancel));
    }

    [Fact]
    public async Task Calls_of_many_threads_are_all_done()
    {
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => Task.Run(
            async () =>
            {
                await Store.CommitBucketsAsync([StoreSamples.Bucket($"many-{i}")], [], Cancel);
                await Store.ReadCheckpointsAsync(Cancel);
            },
            Cancel)));

        var states = await Store.LoadEntitiesAsync(
            Analytics.Windowing.EntityKind.Account, [.. Enumerable.Range(0, 1_000).Select(i => $"many-{i}")], 0, Cancel);
        Assert.All(states, state => Assert.Single(state.Buckets));
    }
}
