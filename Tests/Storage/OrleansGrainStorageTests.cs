using Analytics.Storage.Timescale;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Analytics.Tests.Storage;

/// <summary>Orleans' own ADO.NET grain storage on the statements that the migrations put into <c>OrleansQuery</c>.</summary>
[Trait("Needs", "Servers")]
public sealed class OrleansGrainStorageTests : IAsyncLifetime
{
    private const string Name = "durable";
    private const string GrainType = "rules";

    private readonly TimescaleDatabase _database = new();
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IGrainStorage Storage => _cluster.Silos[0].ServiceProvider.GetRequiredKeyedService<IGrainStorage>(Name);

    public async ValueTask InitializeAsync()
    {
        await _database.CreateAsync(Cancel);
        await using var store = new TimescaleStore(_database.ConnectionString);
        await store.MigrateAsync(Cancel);
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.AddAdoNetGrainStorage(Name, options =>
        {
            options.Invariant = "Npgsql";
            options.ConnectionString = _database.ConnectionString;
            options.DeleteStateOnClear = false;
        }));
        builder.ConfigureSilo((_, silo) => silo.AddAdoNetGrainStorage("deleting", options =>
        {
            options.Invariant = "Npgsql";
            options.ConnectionString = _database.ConnectionString;
            options.DeleteStateOnClear = true;
        }));
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _database.DropAsync();
    }

    [Theory]
    [InlineData("a string key/with ü")]
    [InlineData("7")]
    public async Task State_is_written_read_overwritten_and_cleared(string key)
    {
        var id = GrainId.Create("test", key);
        var state = new GrainState<Sample> { State = new Sample { Value = "one" } };
        await Storage.WriteStateAsync(GrainType, id, state);
        state.State.Value = "two";
        await Storage.WriteStateAsync(GrainType, id, state);

        var read = new GrainState<Sample> { State = new Sample() };
        await Storage.ReadStateAsync(GrainType, id, read);
        Assert.Equal(("two", true, state.ETag), (read.State.Value, read.RecordExists, read.ETag));

        await Storage.ClearStateAsync(GrainType, id, read);
        var cleared = new GrainState<Sample> { State = new Sample() };
        await Storage.ReadStateAsync(GrainType, id, cleared);
        Assert.False(cleared.RecordExists);

        // A cleared grain can be written again.
        cleared.State = new Sample { Value = "three" };
        await Storage.WriteStateAsync(GrainType, id, cleared);
    }

    [Fact]
    public async Task A_stale_version_is_refused()
    {
        var id = GrainId.Create("test", "contended");
        var first = new GrainState<Sample> { State = new Sample { Value = "first" } };
        await Storage.WriteStateAsync(GrainType, id, first);
        var stale = new GrainState<Sample> { State = new Sample(), ETag = first.ETag };
        await Storage.WriteStateAsync(GrainType, id, first);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync(GrainType, id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync(GrainType, id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(
            () => Storage.WriteStateAsync(GrainType, id, new GrainState<Sample> { State = new Sample() }));
    }

    [Fact]
    public async Task Deleting_on_clear_leaves_no_row()
    {
        var deleting = _cluster.Silos[0].ServiceProvider.GetRequiredKeyedService<IGrainStorage>("deleting");
        var id = GrainId.Create("test", "deleted");
        var state = new GrainState<Sample> { State = new Sample { Value = "one" } };
        await deleting.WriteStateAsync(GrainType, id, state);

        await deleting.ClearStateAsync(GrainType, id, state);

        Assert.Equal(0, await _database.ScalarAsync<long>("SELECT count(*) FROM OrleansStorage", Cancel));
    }

    [GenerateSerializer]
    public sealed class Sample
    {
        [Id(0)]
        public string Value { get; set; } = "";
    }
}
