using Analytics.Hosting;
using Analytics.Ingest;
using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Storage.Sqlite;
using Analytics.Telemetry;
using Analytics.Tests.Windowing;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Persistence;

/// <summary>
/// Nothing that will be built upon is read before every dead silo is fenced, and one that is fenced writes nothing: it would write over what its
/// successor makes of it.
/// </summary>
public sealed class FencedPersistenceTests : IAsyncLifetime
{
    private static readonly SiloAddress Dead = FakeSilo.Address(2);
    private static readonly long Minute = UnixMicros.MinuteOf(UnixMicros.From(Noon));

    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-fence-first-").FullName;
    private readonly IOptions<AnalyticsOptions> _options = Options.Create(new AnalyticsOptions());
    private readonly FakeMembership _membership = new() { Table = [(FakeSilo.Address(99), SiloStatus.Active), (Dead, SiloStatus.Dead)] };
    private readonly SqliteStore _store;
    private readonly SqliteStore _storeOfDead;
    private readonly SiloLease _lease;

    public FencedPersistenceTests()
    {
        var path = Path.Combine(_folder, "analytics.db");
        (_store, _storeOfDead) = (new(path, TimeSpan.FromSeconds(20)), new(path, TimeSpan.FromSeconds(20)));
        _lease = new(_store, _membership, new FakeSilo(), new FakeHost(), _options, NullLogger<SiloLease>.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _store.MigrateAsync(Cancel);
        await _storeOfDead.OpenLeaseAsync(Dead.ToParsableString(), Cancel);
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        _storeOfDead.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_entity_that_will_be_written_is_loaded_after_the_dead_are_fenced_and_a_reader_need_not_wait()
    {
        using var metrics = new AnalyticsMetrics();
        using var buffer = new WriteBuffer(_store, _lease, _options, metrics, NullLogger<WriteBuffer>.Instance);
        using var loader = new EntityLoader(_store, buffer, _lease, _options);
        await loader.StartAsync(Cancel);
        _membership.IsAway = true;
        Assert.Empty(await loader.LoadAsync(EntityKind.Account, "a", Minute, forWriting: false));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => loader.LoadAsync(EntityKind.Account, "a", Minute, forWriting: true));
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => loader.LoadBucketsAsync(EntityKind.Account, [new BucketKey("a", "GBP", Minute)]));
        await WriteAsDeadAsync(count: 1);

        _membership.IsAway = false;
        var loaded = await loader.LoadAsync(EntityKind.Account, "a", Minute, forWriting: true);

        Assert.Equal(1, loaded.Single().Totals.Count);
        await Assert.ThrowsAsync<SiloFencedException>(() => WriteAsDeadAsync(count: 2));
        await loader.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_partition_resumes_behind_the_checkpoint_of_its_epoch_after_the_dead_are_fenced()
    {
        Assert.True(await _storeOfDead.CommitCheckpointAsync(null, At(partition: 0, epoch: 1, offset: 41), [], Cancel));
        Assert.True(await _storeOfDead.CommitCheckpointAsync(null, At(partition: 1, epoch: 0, offset: 41), [], Cancel));
        IKafkaStartPositions positions = new CheckpointStartPositions(_store, _lease, _options);
        _membership.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await positions.GetStartOffsetAsync(0, Cancel));
        Assert.True(await _storeOfDead.CommitCheckpointAsync(
            At(partition: 0, epoch: 1, offset: 41), At(partition: 0, epoch: 1, offset: 42), [], Cancel));

        _membership.IsAway = false;

        Assert.Equal(43, await positions.GetStartOffsetAsync(0, Cancel));
        Assert.Equal(IKafkaStartPositions.LogStart, await positions.GetStartOffsetAsync(1, Cancel));
        Assert.Equal(IKafkaStartPositions.LogStart, await positions.GetStartOffsetAsync(2, Cancel));
        await Assert.ThrowsAsync<SiloFencedException>(() => _storeOfDead.CommitCheckpointAsync(
            At(partition: 0, epoch: 1, offset: 42), At(partition: 0, epoch: 1, offset: 43), [], Cancel));
    }

    /// <summary>A silo that reads no partition has nothing but its write buffer to find out by.</summary>
    [Fact]
    public async Task A_write_buffer_that_meets_the_fence_writes_nothing_and_loses_the_lease()
    {
        await _lease.OpenAsync(Cancel);
        await _storeOfDead.FenceAsync([new FakeSilo().SiloAddress.ToParsableString()], Cancel);
        using var metrics = new AnalyticsMetrics();
        using var buffer = new WriteBuffer(_store, _lease, _options, metrics, NullLogger<WriteBuffer>.Instance);
        await buffer.StartAsync(Cancel);
        buffer.PutSample("a", Minute, 1);

        await Assert.ThrowsAsync<SiloFencedException>(() => buffer.FlushAsync(Cancel));
        Assert.True(_lease.IsLost);
        await Assert.ThrowsAsync<SiloFencedException>(() => buffer.FlushAsync(Cancel));
        await buffer.StopAsync(Cancel);
        Assert.Empty((await _store.LoadEntitiesAsync(EntityKind.Account, ["a"], Minute, Cancel)).Single().Buckets);
    }

    private static Checkpoint At(int partition, long epoch, long offset) => new(new(epoch, partition, offset), UnixMicros.None, default);

    private Task WriteAsDeadAsync(long count) => _storeOfDead.CommitBucketsAsync(
        [new BucketRow("a", "GBP", Minute, new() { Count = count }, [new(1, 0, count)], Windowing.Transactions.At(Noon))], [], Cancel);
}
