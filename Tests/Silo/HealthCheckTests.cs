using Analytics.Silo.Health;
using Analytics.Storage.Sqlite;
using Analytics.Tests.Grains;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Silo;

public sealed class HealthCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-health-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_store_that_is_away_keeps_a_silo_from_starting_and_only_degrades_one_that_serves()
    {
        using var sqlite = new SqliteStore(Path.Combine(_folder, "analytics.db"));
        await sqlite.MigrateAsync(TestContext.Current.CancellationToken);
        var store = new FaultyStore(sqlite) { IsAway = true };
        var clock = new FakeTimeProvider();
        using var check = new StoreHealthCheck(store, clock);

        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync(check));

        store.IsAway = false;
        clock.Advance(StoreHealthCheck.AskEvery * 2);
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check));

        store.IsAway = true;
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check));
        clock.Advance(StoreHealthCheck.AskEvery * 2);
        Assert.Equal(HealthStatus.Degraded, await StatusAsync(check));
    }

    [Theory]
    [InlineData(0, false, HealthStatus.Unhealthy)]
    [InlineData(4, false, HealthStatus.Healthy)]
    [InlineData(4, true, HealthStatus.Degraded)]
    public async Task A_fault_of_a_partition_degrades_a_silo_that_knows_its_topic(int partitions, bool isFaulty, HealthStatus expected)
    {
        var check = new KafkaHealthCheck(new Streams(partitions, isFaulty ? ["transactions/1 stands still."] : []));

        Assert.Equal(expected, await StatusAsync(check));
    }

    private static async Task<HealthStatus> StatusAsync(IHealthCheck check) =>
        (await check.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status;

    private sealed class Streams(int partitions, IReadOnlyList<string> faults) : IKafkaStreamControl
    {
        public Orleans.Runtime.SiloAddress? GetOwner(int partition) => null;

        public Task<(long Start, long End)?> QueryLogRangeAsync(int partition) => Task.FromResult<(long, long)?>(null);

        public int PartitionCount => partitions;

        public long Epoch => 1;

        public IReadOnlyList<string> Faults => faults;

        public long? GetLogEndOffset(int partition) => null;

        public void DeliverFrom(int partition, long offset)
        {
        }

        public void Commit(int partition, long nextOffset)
        {
        }
    }
}
