using Microsoft.Data.Sqlite;

namespace Analytics.Tests.Integration;

/// <summary>A process that is killed in the middle of a load, on a broker that lives on.</summary>
public sealed class RestartTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_three_times_under_load_nothing_is_lost_and_nothing_counted_twice()
    {
        var file = SampleFile.CardNotPresent();
        await using var broker = await BrokerProcess.StartAsync(Cancellation);
        var arguments = new[] { $"--Kafka:BootstrapServers={broker.BootstrapServers}", "--Checkpoint:Interval=00:00:00.100" };
        var serve = await ServeProcess.StartAsync("serve", Cancellation, arguments);
        try
        {
            var folder = serve.KeepFolder();
            var replay = ServeProcess.RunAsync(
                Cancellation, "replay", file.Path, "--rate", "300", "--event-time", "now", "--bootstrap-servers", broker.BootstrapServers);
            for (var kill = 1; kill <= 3; kill++)
            {
                var wanted = file.Rows.Count * kill / 5;
                await serve.WaitForOverviewAsync(o => (long)o["accepted"]! >= wanted, TimeSpan.FromSeconds(60), Cancellation);
                await serve.KillAsync(Cancellation);
                await serve.DisposeAsync();
                serve = await ServeProcess.StartInAsync(folder, "serve", Cancellation, arguments);
                serve.KeepFolder();
            }

            var (exitCode, output) = await replay;
            Assert.True(exitCode == 0, output);
            await RealInputTests.WaitForAllAsync(serve, file);
            await serve.WaitForOverviewAsync(
                o => o["partitions"]!.AsArray().All(p => (long)p!["checkpoint"]! == (long)p["offset"]!), TimeSpan.FromSeconds(20), Cancellation);

            var accounts = await LiveReader.ReadDayAsync(serve, "accounts", file.Rows.Select(r => r.AccountId).Distinct(), Cancellation);
            RealInputTests.AssertSame(Expected.GroupBy(file.Rows, r => (r.AccountId, r.Currency)), accounts);
            var merchants = await LiveReader.ReadDayAsync(serve, "merchants", file.Rows.Select(r => r.MerchantId).Distinct(), Cancellation);
            RealInputTests.AssertSame(Expected.GroupBy(file.Rows, r => (r.MerchantId, r.Currency)), merchants);
            AssertRawRows(serve.DatabasePath, file);
            await serve.AssertReconciledAsync(Cancellation);

            Assert.Equal(0, await serve.StopAsync(Cancellation));
            await serve.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
        finally
        {
            await serve.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_transaction_sent_again_after_a_restart_is_a_duplicate()
    {
        var file = SampleFile.CardNotPresent();
        await using var broker = await BrokerProcess.StartAsync(Cancellation);
        var arguments = new[] { $"--Kafka:BootstrapServers={broker.BootstrapServers}" };
        var serve = await ServeProcess.StartAsync("serve", Cancellation, arguments);
        try
        {
            var folder = serve.KeepFolder();
            string[] replay = ["replay", file.Path, "--rate", "20000", "--event-time", "now", "--bootstrap-servers", broker.BootstrapServers];
            Assert.Equal(0, (await ServeProcess.RunAsync(Cancellation, replay)).ExitCode);
            await RealInputTests.WaitForAllAsync(serve, file);
            Assert.Equal(0, await serve.StopAsync(Cancellation));
            await serve.DisposeAsync();

            serve = await ServeProcess.StartInAsync(folder, "serve", Cancellation, arguments);
            Assert.Equal(0, (await ServeProcess.RunAsync(Cancellation, replay)).ExitCode);
            var overview = await serve.WaitForOverviewAsync(
                o => (long)o["duplicates"]! >= file.Rows.Count, TimeSpan.FromSeconds(60), Cancellation);
            Assert.Equal(file.Rows.Count, (long)overview["accepted"]!);
            Assert.Equal(0, await serve.StopAsync(Cancellation));
            await serve.AssertReconciledAsync(Cancellation);
        }
        finally
        {
            await serve.DisposeAsync();
        }
    }

    private static void AssertRawRows(string path, SampleFile file)
    {
        using var database = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "select transaction_id, kafka_partition, kafka_offset from transactions order by 2, 3";
        using var reader = command.ExecuteReader();
        List<string> ids = [];
        Dictionary<long, long> next = [];
        while (reader.Read())
        {
            ids.Add(reader.GetString(0));
            var (partition, offset) = (reader.GetInt64(1), reader.GetInt64(2));
            Assert.True(next.GetValueOrDefault(partition) == offset, $"Partition {partition}: row {offset} follows {next.GetValueOrDefault(partition) - 1}.");
            next[partition] = offset + 1;
        }

        Assert.Equal(file.Rows.Select(r => r.TransactionId).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
    }
}
