using System.Text.Json.Nodes;
using Analytics.Tests.Storage;

namespace Analytics.Tests.Integration;

/// <summary>Short benchmarks of the built executable, from start to report.</summary>
public sealed class BenchTests
{
    [Fact]
    public async Task A_steady_run_reports_every_figure_and_loses_nothing()
    {
        var (exitCode, output, report) = await RunAsync("--scenario", "steady", "--rate", "300", "--seconds", "4", "--warm-up", "2");

        Assert.True(exitCode == 0, output);
        AssertReconciled(report, output);
        Assert.InRange((double)report["sustainedPerSecond"]!, 200, 600);
        foreach (var distribution in new[] { "latencyMs", "liveReadMs", "visibleMs", "firstTenSecondsMs" })
        {
            var figures = report[distribution];
            Assert.True(figures is not null, $"{distribution}\n{output}");
            Assert.True((double)figures["p50"]! <= (double)figures["p95"]!);
            Assert.True((double)figures["p95"]! <= (double)figures["p99"]!);
            Assert.True((double)figures["p99"]! <= (double)figures["p999"]!);
            Assert.True((double)figures["p999"]! <= (double)figures["max"]!);
            Assert.True((double)figures["max"]! > 0);
        }

        foreach (var part in new[] { "silo", "broker", "generator" })
        {
            Assert.True((double)report["cpuSecondsPerMillion"]![part]! > 0, output);
            Assert.True((double)report["peakMemoryMebibytes"]![part]! > 10, output);
        }

        Assert.Null(report["cpuSecondsPerMillion"]!["database"]);
        Assert.Equal(7, (int)report["seed"]!);
        Assert.True((double)report["allocatedBytesPerTransaction"]! > 0);
        Assert.NotEmpty(report["lagOverTime"]!.AsArray());
        Assert.True((long)report["totals"]!["rows"]! >= 1_800);
        Assert.Equal(0, (long)report["totals"]!["windowDifferences"]!);
        Assert.Contains("lost, doubled      0, 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Catching_up_without_a_store_counts_every_record_of_the_backlog()
    {
        var (exitCode, output, report) = await RunAsync("--scenario", "catch-up", "--backlog", "20000", "--compute-only");

        Assert.True(exitCode == 0, output);
        AssertReconciled(report, output);
        Assert.True((double)report["catchUpPerSecond"]! > 0, output);
        Assert.Equal(20_000, (long)report["totals"]!["accepted"]!);
        Assert.Null(report["totals"]!["rows"]);
        Assert.Contains("compute only", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backlog_that_does_not_fit_into_the_embedded_broker_fails_and_says_what_to_change()
    {
        var (exitCode, output, _) = await RunAsync("--scenario", "catch-up", "--backlog", "300000", "--partitions", "1", "--compute-only");

        Assert.Equal(1, exitCode);
        Assert.Contains("--partitions", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Clustering:Redis: is missing")]
    [InlineData(2, "Storage:Provider: is Sqlite", "--Clustering:Redis=127.0.0.1:1")]
    [InlineData(1, "--partitions", "--Clustering:Redis=127.0.0.1:1", "--Storage:Provider=Timescale", "--ConnectionStrings:Timescale=Host=127.0.0.1", "--partitions", "2")]
    [InlineData(1, "for one silo", "--Clustering:Redis=127.0.0.1:1", "--Storage:Provider=Timescale", "--ConnectionStrings:Timescale=Host=127.0.0.1", "--compute-only")]
    [InlineData(1, "for one silo", "--Clustering:Redis=127.0.0.1:1", "--Storage:Provider=Timescale", "--ConnectionStrings:Timescale=Host=127.0.0.1", "--scenario", "catch-up")]
    public async Task Several_silos_fail_at_once_without_what_they_share(int expected, string missing, params string[] arguments)
    {
        var (exitCode, output, _) = await RunAsync(["--silos", "3", .. arguments]);

        Assert.Equal(expected, exitCode);
        Assert.Contains(missing, output, StringComparison.Ordinal);
        Assert.DoesNotContain("preparing", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Needs", "Servers")]
    public async Task Several_silos_share_the_load_and_are_counted_as_one()
    {
        var (exitCode, output, report) = await RunAsync(
            "--silos", "2", "--rate", "300", "--seconds", "4", "--warm-up", "2", $"--Clustering:Redis={ClusterOfProcesses.Redis}",
            "--Storage:Provider=Timescale", $"--ConnectionStrings:Timescale={new TimescaleDatabase().ConnectionString}");

        Assert.True(exitCode == 0, output);
        AssertReconciled(report, output);
        Assert.InRange((double)report["sustainedPerSecond"]!, 200, 600);
        Assert.Equal((long)report["totals"]!["sent"]!, (long)report["totals"]!["rows"]!);
        Assert.Equal(0, (long)report["totals"]!["windowDifferences"]!);
        Assert.Equal(2, (int)report["silos"]!);
        Assert.Contains("2 silos", output, StringComparison.Ordinal);

        // The records of both: each takes about half of the load.
        Assert.Equal((long)report["totals"]!["sent"]! * 4 / 6, (long)report["latencyMs"]!["count"]!, 300.0);
    }

    private static void AssertReconciled(JsonNode report, string output)
    {
        Assert.Equal((0, 0), ((long)report["lost"]!, (long)report["doubled"]!));
        Assert.Equal((long)report["totals"]!["sent"]!, (long)report["totals"]!["written"]!);
        Assert.True((bool)report["passed"]!, output);
    }

    private static async Task<(int ExitCode, string Output, JsonNode Report)> RunAsync(params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            var (exitCode, output) = await ServeProcess.RunAsync(
                TestContext.Current.CancellationToken, ["bench", "--seed", "7", "--accounts", "500", "--merchants", "50", .. arguments, "--json", file]);
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            return (exitCode, output, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
