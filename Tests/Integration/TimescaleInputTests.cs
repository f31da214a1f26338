using Npgsql;

namespace Analytics.Tests.Integration;

/// <summary>The main job on real input against TimescaleDB.</summary>
[Trait("Needs", "Servers")]
public sealed class TimescaleInputTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(RealInputTests.Files), MemberType = typeof(RealInputTests))]
    public async Task Replayed_with_original_times_windows_in_SQL_equal_a_group_by_on_raw_rows(string name)
    {
        var file = RealInputTests.Open(name);
        var connectionString = await CreateDatabaseAsync();
        await using var serve = await ServeProcess.StartAsync(
            "demo", Cancellation, "--input", file.Path, "--Storage:Provider=Timescale", $"--ConnectionStrings:Timescale={connectionString}");
        await RealInputTests.WaitForAllAsync(serve, file);
        await serve.WaitForOverviewAsync(
            o => o["partitions"]!.AsArray().All(p => (long)p!["checkpoint"]! == (long)p["offset"]!), TimeSpan.FromSeconds(60), Cancellation);

        await using var database = NpgsqlDataSource.Create(connectionString);
        Assert.Equal((long)file.Rows.Count, await ScalarAsync(database, "select count(*) from transactions"));
        foreach (var kind in new[] { "account", "merchant" })
        {
            var grouped =
                $"""
                select {kind}_id, currency, date_bin('1 minute', occurred_at, 'epoch'), count(*),
                       count(*) filter (where status = 1), count(*) filter (where status = 2), count(*) filter (where status = 3),
                       coalesce(sum(amount_minor) filter (where status = 1 and type in (1, 3, 5, 7)), 0)::bigint,
                       count(*) filter (where status = 1 and type in (1, 3, 5, 7)),
                       coalesce(sum(amount_minor) filter (where status = 1 and type in (2, 4, 6, 8)), 0)::bigint,
                       count(*) filter (where status = 1 and type in (2, 4, 6, 8)),
                       min(amount_minor) filter (where status = 1 and type in (1, 3, 5, 7)),
                       max(amount_minor) filter (where status = 1 and type in (1, 3, 5, 7))
                from transactions where not late group by 1, 2, 3
                """;
            var stored =
                $"""
                select {kind}_id, currency, window_start, count, approved_count, declined_count, reversed_count,
                       debit_minor, debit_count, credit_minor, credit_count, min_minor, max_minor
                from {kind}_windows
                """;
            Assert.Equal(0L, await ScalarAsync(database, $"select count(*) from (({grouped}) except ({stored})) d"));
            Assert.Equal(0L, await ScalarAsync(database, $"select count(*) from (({stored}) except ({grouped})) d"));
            Assert.True(await ScalarAsync(database, $"select count(*) from {kind}_windows") > 0);
        }

        var (exitCode, output) = await ServeProcess.RunAsync(
            Cancellation, "reconcile", "--Storage:Provider=Timescale", $"--ConnectionStrings:Timescale={connectionString}");
        Assert.True(exitCode == 0, output);
    }

    private static async Task<string> CreateDatabaseAsync()
    {
        var server = Environment.GetEnvironmentVariable("ANALYTICS_TEST_TIMESCALE");
        Assert.False(string.IsNullOrEmpty(server), "ANALYTICS_TEST_TIMESCALE is not set: run ./test.sh, or scripts/test-servers.sh start.");
        var name = $"input_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(Cancellation);
        return new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = true }.ConnectionString;
    }

    private static async Task<long> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 120;
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
