using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Analytics.Tests.Storage;

public sealed class SqliteReconcilerTests : ReconcilerContractTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-reconcile-").FullName;
    private SqliteStore? _store;

    private string DatabasePath => Path.Combine(_folder, "analytics.db");

    [Fact]
    public async Task A_file_that_is_not_there_is_unavailable_and_not_made()
    {
        var path = Path.Combine(_folder, "none.db");

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => new SqliteReconciler(path).ReconcileAsync(null, null, 1, Cancel));

        Assert.Contains("Storage:Path", thrown.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_database_without_tables_names_the_next_step()
    {
        var path = Path.Combine(_folder, "empty.db");
        await File.WriteAllBytesAsync(path, [], Cancel);

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => new SqliteReconciler(path).ReconcileAsync(null, null, 1, Cancel));

        Assert.Contains("migrate", thrown.Message, StringComparison.Ordinal);
    }

    protected override Task<(IAnalyticsStore Store, IReconciler Reconciler)> OpenAsync()
    {
        _store = new SqliteStore(DatabasePath);
        return Task.FromResult<(IAnalyticsStore, IReconciler)>((_store, new SqliteReconciler(DatabasePath)));
    }

    protected override Task CloseAsync()
    {
        _store?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(Cancel));
    }

    protected override string Sources(params long[] flattened) => $"'[{string.Join(',', flattened)}]'";
}
