using System.Diagnostics;
using Npgsql;

namespace Analytics.Tests.Integration;

/// <summary>The promise of DESIGN.md section 6 about a killed silo, on real processes with the default settings.</summary>
[Trait("Needs", "Servers")]
public sealed class SiloKillTests
{
    private const int Partitions = 6;

    private static readonly TimeSpan MoveDeadline = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_silo_of_three_was_killed_every_partition_moves_again_in_time()
    {
        await using var cluster = await ClusterOfProcesses.StartAsync(3, Partitions, Cancellation);
        var load = ServeProcess.RunAsync(
            Cancellation,
            "generate", "--rate", "1000", "--seconds", "30", "--accounts", "2000", "--merchants", "200", "--seed", "7", "--bootstrap-servers", cluster.Broker.BootstrapServers);
        var before = await cluster.WaitForPartitionsAsync(
            partitions => partitions.Count == Partitions && partitions.Select(p => (string?)p!["silo"]).Distinct().Count() == 3
                && partitions.All(p => (long)p!["checkpoint"]! >= 0),
            TimeSpan.FromSeconds(30),
            Cancellation);

        // The one that hosts the overview or not, as it comes; not the one that is asked.
        var victim = cluster.Members[^1];
        Assert.Contains(before, p => (string?)p!["silo"] == victim.SiloName);
        var clock = Stopwatch.StartNew();
        await cluster.KillAsync(victim, Cancellation);
        await cluster.WaitForPartitionsAsync(
            partitions => partitions.Count == Partitions && partitions.All(p =>
                (string?)p!["silo"] != victim.SiloName && (long)p!["offset"]! > (long)before[(int)p!["partition"]!]!["offset"]!),
            MoveDeadline,
            Cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"Every partition moved {clock.Elapsed.TotalSeconds:F2} s after the kill.");

        var (exitCode, output) = await load;
        Assert.True(exitCode == 0, output);
        await cluster.WaitForPartitionsAsync(
            partitions => partitions.All(p => (long)p!["lag"]! == 0 && (long)p!["checkpoint"]! == (long)p!["offset"]!),
            TimeSpan.FromSeconds(30),
            Cancellation);
        await AssertCompleteAsync(cluster);
    }

    private static async Task AssertCompleteAsync(ClusterOfProcesses cluster)
    {
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString + ";Pooling=false");
        await using var command = database.CreateCommand(
            """
            select coalesce(sum(records), 0)::bigint, coalesce(sum(last + 1), 0)::bigint
            from (select count(distinct kafka_offset) as records, max(kafka_offset) as last from transactions group by kafka_partition) partitions
            """);
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            Assert.True(await reader.ReadAsync(Cancellation));
            Assert.True(reader.GetInt64(0) > 0);
            Assert.Equal(reader.GetInt64(1), reader.GetInt64(0));
        }

        var (exitCode, output) = await ServeProcess.RunAsync(
            Cancellation, "reconcile", "--Storage:Provider=Timescale", $"--ConnectionStrings:Timescale={cluster.ConnectionString}");
        Assert.True(exitCode == 0, output);
    }
}
