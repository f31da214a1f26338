using System.Globalization;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// Real processes killed, frozen and stopped under load. <c>scripts/faults.sh</c> runs it for as long as one likes; its header says how.
/// </summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan CalmDeadline = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Needs", "Servers")]
    public Task Three_silos_on_TimescaleDB_lose_and_double_nothing() =>
        RunAsync(new() { Seed = 1, Duration = TimeSpan.FromSeconds(45) });

    [Fact]
    public Task One_silo_on_SQLite_loses_and_doubles_nothing() =>
        RunAsync(new() { Seed = 1, Duration = TimeSpan.FromSeconds(20), Store = FaultStore.Sqlite, Silos = 1, Partitions = 4 });

    [Fact]
    public Task Faults_by_hand()
    {
        var seconds = Number("SECONDS");
        Assert.SkipWhen(seconds is null, "Run scripts/faults.sh for faults by hand.");
        var options = new FaultOptions
        {
            Seed = Number("SEED") ?? Environment.TickCount & 0xffff,
            Duration = TimeSpan.FromSeconds(seconds!.Value),
            Store = Text("STORE") is { } store ? Enum.Parse<FaultStore>(store, ignoreCase: true) : FaultStore.Timescale,
            Only = (Text("ONLY") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(k => Enum.Parse<FaultKind>(k, ignoreCase: true)).ToHashSet(),
        };
        var isSqlite = options.Store == FaultStore.Sqlite;
        return RunAsync(options with
        {
            Silos = isSqlite ? 1 : Number("SILOS") ?? options.Silos,
            Rate = Number("RATE") ?? options.Rate,
            Partitions = Number("PARTITIONS") ?? options.Partitions,
        });
    }

    private async Task RunAsync(FaultOptions options)
    {
        output.WriteLine($"seed {options.Seed}, {options.Store}, {options.Silos} silo(s), {options.Rate} records/s");
        var tally = new FaultTally();
        await using var run = await FaultRun.StartAsync(options, output.WriteLine, Cancellation);
        try
        {
            var injector = new FaultInjector(run, tally);
            var end = run.Clock.Elapsed + options.Duration;
            foreach (var fault in FaultSchedule.Draw(options.Seed, options.Store, options.Only))
            {
                if (run.Clock.Elapsed + fault.Gap > end)
                {
                    break;
                }

                run.ThrowIfLogLost();
                await Task.Delay(fault.Gap, Cancellation);
                await injector.InjectAsync(fault, Cancellation);
            }

            await injector.RecoverAsync();
            run.Write("calm");
            await run.CalmAsync(CalmDeadline, Cancellation);
            var checks = new FaultChecks(run, tally);
            await checks.RunAsync(Cancellation);
            output.WriteLine(FaultReport.Write(run, tally, checks));
            Assert.True(tally.Violations.Count == 0, $"Seed {options.Seed}:\n{string.Join('\n', tally.Violations)}");
        }
        catch (Exception exception)
        {
            output.WriteLine(exception.ToString());
            var folder = Path.Combine(Path.GetTempPath(), $"analytics-faults-seed-{options.Seed}-{Environment.ProcessId}");
            run.Silos.WriteOutputs(folder);
            output.WriteLine($"What the silos wrote is in {folder}.");
            throw;
        }
    }

    private static string? Text(string name) => Environment.GetEnvironmentVariable($"ANALYTICS_FAULTS_{name}") is { Length: > 0 } value ? value : null;

    private static int? Number(string name) => Text(name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
