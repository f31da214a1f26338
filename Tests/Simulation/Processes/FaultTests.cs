using System.Globalization;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// Real processes killed, frozen and stopped under load. <c>scripts/faults.sh</c> runs it for as long as one likes; its header says how.
/// </summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class FaultTests(ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Of these seeds partitions are added while a silo that was killed starts again, and records come to them before any silo knows.
    [Fact]
    [Trait("Needs", "Servers")]
    public Task Three_silos_on_TimescaleDB_lose_and_double_nothing_and_read_partitions_that_are_added() =>
        RunAndAddPartitionsAsync(new() { Seed = 215, Scenario = FaultScenario.Mixed, Duration = TimeSpan.FromSeconds(30) });

    [Fact]
    public Task One_silo_on_SQLite_loses_and_doubles_nothing_and_reads_partitions_that_are_added() =>
        RunAndAddPartitionsAsync(new() { Seed = 280, Duration = TimeSpan.FromSeconds(15), Store = FaultStore.Sqlite, Silos = 1, Partitions = 4 });

    [Fact]
    public Task Faults_by_hand()
    {
        var seconds = Number("SECONDS");
        Assert.SkipWhen(seconds is null, "Run scripts/faults.sh for faults by hand.");
        var options = new FaultOptions
        {
            Seed = Number("SEED") ?? Environment.TickCount & 0xffff,
            Duration = TimeSpan.FromSeconds(seconds!.Value),
            Scenario = Name<FaultScenario>("SCENARIO") ?? FaultScenario.Random,
            Store = Name<FaultStore>("STORE") ?? FaultStore.Timescale,
            Only = (Text("ONLY") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(k => Enum.Parse<FaultKind>(k, ignoreCase: true)).ToHashSet(),
        };
        if (options.Scenario == FaultScenario.Outage)
        {
            // Production's interval; and enough partitions for the broker to keep what comes in minutes.
            options = options with { Rate = 10_000, Partitions = 48, Accounts = 20_000, CheckpointInterval = TimeSpan.FromSeconds(1) };
        }

        var isSqlite = options.Store == FaultStore.Sqlite;
        return RunAsync(options with
        {
            Silos = isSqlite ? 1 : Number("SILOS") ?? options.Silos,
            Rate = Number("RATE") ?? options.Rate,
            Partitions = Number("PARTITIONS") ?? options.Partitions,
            Outage = Number("OUTAGE") is { } outage ? TimeSpan.FromSeconds(outage) : options.Outage,
        });
    }

    private async Task RunAndAddPartitionsAsync(FaultOptions options)
    {
        var tally = await RunAsync(options);
        Assert.Contains(FaultKind.PartitionsAdded, tally.Faults);
    }

    private Task<FaultTally> RunAsync(FaultOptions options) => FaultHarness.RunAsync(options, output.WriteLine, Cancellation);

    private static string? Text(string name) => Environment.GetEnvironmentVariable($"ANALYTICS_FAULTS_{name}") is { Length: > 0 } value ? value : null;

    private static int? Number(string name) => Text(name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;

    private static T? Name<T>(string name)
        where T : struct, Enum => Text(name) is { } value ? Enum.Parse<T>(value, ignoreCase: true) : null;
}
