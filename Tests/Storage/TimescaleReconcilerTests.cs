using Analytics.Storage;
using Analytics.Storage.Timescale;
using Npgsql;

namespace Analytics.Tests.Storage;

[Trait("Needs", "Servers")]
public sealed class TimescaleReconcilerTests : ReconcilerContractTests
{
    private readonly TimescaleDatabase _database = new();
    private TimescaleStore? _store;
    private TimescaleReconciler? _reconciler;

    [Fact]
    public async Task A_database_without_tables_names_the_next_step()
    {
        var other = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Database = "postgres" }.ConnectionString;
        await using var reconciler = new TimescaleReconciler(other);

        var thrown = await Assert.ThrowsAsync<StoreUnavailableException>(() => reconciler.ReconcileAsync(null, null, 1, Cancel));

        Assert.Contains("migrate", thrown.Message, StringComparison.Ordinal);
    }

    protected override async Task<(IAnalyticsStore Store, IReconciler Reconciler)> OpenAsync()
    {
        await _database.CreateAsync(Cancel);
        _store = new TimescaleStore(_database.ConnectionString + ";Maximum Pool Size=4");
        _reconciler = new TimescaleReconciler(_database.ConnectionString + ";Maximum Pool Size=4");
        return (_store, _reconciler);
    }

    protected override async Task CloseAsync()
    {
        await (_reconciler?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_store?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _database.DropAsync();
    }

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(Cancel));
    }

    protected override string Sources(params long[] flattened) => $"'{{{string.Join(',', flattened)}}}'";
}
