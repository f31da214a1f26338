using System.Text.Json.Nodes;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Data.Sqlite;

namespace Analytics.Tests.Integration;

/// <summary>The main job on real input: the built executable, the embedded broker, SQLite, HTTP.</summary>
public sealed class RealInputTests
{
    private static readonly TimeSpan ReplayDeadline = TimeSpan.FromSeconds(120);

    public static TheoryData<string> Files => ["purchase cards", "card not present"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Replayed_now_every_live_day_equals_the_file(string name)
    {
        var file = Open(name);
        await using var serve = await ServeProcess.StartAsync("serve", Cancellation);
        Assert.True(serve.TimeToFirstAnswer < TimeSpan.FromSeconds(20), $"First answer after {serve.TimeToFirstAnswer}.");

        var (exitCode, output) = await ServeProcess.RunAsync(
            Cancellation, "replay", file.Path, "--rate", "20000", "--event-time", "now", "--bootstrap-servers", serve.BootstrapServers);
        Assert.True(exitCode == 0, output);
        await WaitForAllAsync(serve, file);

        var accounts = await LiveReader.ReadDayAsync(serve, "accounts", file.Rows.Select(r => r.AccountId).Distinct(), Cancellation);
        AssertSame(Expected.GroupBy(file.Rows, r => (r.AccountId, r.Currency)), accounts);
        var merchants = await LiveReader.ReadDayAsync(serve, "merchants", file.Rows.Select(r => r.MerchantId).Distinct(), Cancellation);
        AssertSame(Expected.GroupBy(file.Rows, r => (r.MerchantId, r.Currency)), merchants);

        var debitOfFile = Expected.GroupBy(file.Rows, r => r.Currency).ToDictionary(c => c.Key, c => c.Value.DebitMinor);
        Assert.Equal(debitOfFile, DebitByCurrency(accounts));
        Assert.Equal(debitOfFile, DebitByCurrency(merchants));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Replayed_with_original_times_the_stored_windows_equal_a_group_by_over_the_file(string name)
    {
        var file = Open(name);
        await using var serve = await ServeProcess.StartAsync("demo", Cancellation, "--input", file.Path);
        await WaitForAllAsync(serve, file);
        await serve.WaitForOverviewAsync(
            o => o["partitions"]!.AsArray().All(p => (long)p!["checkpoint"]! == (long)p["offset"]!), ReplayDeadline, Cancellation);

        await using var database = new SqliteConnection($"Data Source={serve.DatabasePath};Mode=ReadOnly;Pooling=False");
        await database.OpenAsync(Cancellation);
        AssertSame(
            Expected.GroupBy(file.Rows, r => (r.AccountId, r.Currency, UnixMicros.MinuteOf(r.OccurredAtMicros))),
            ReadWindows(database, "account"));
        AssertSame(
            Expected.GroupBy(file.Rows, r => (r.MerchantId, r.Currency, UnixMicros.MinuteOf(r.OccurredAtMicros))),
            ReadWindows(database, "merchant"));
        await serve.AssertReconciledAsync(Cancellation);

        var busiest = file.Rows.GroupBy(r => r.AccountId).MaxBy(g => g.Count())!;
        var first = UnixMicros.ToDateTimeOffset(busiest.Min(r => r.OccurredAtMicros));
        var history = await serve.GetAsync(
            $"/v1/accounts/{Uri.EscapeDataString(busiest.Key)}/windows?from={first.UtcDateTime.Date:yyyy-MM-dd}T00:00:00Z&to={first.UtcDateTime.Date.AddDays(30):yyyy-MM-dd}T00:00:00Z&step=1d",
            Cancellation);
        var until = UnixMicros.From(new DateTimeOffset(first.UtcDateTime.Date.AddDays(30), TimeSpan.Zero));
        Assert.Equal(
            busiest.Count(r => r.OccurredAtMicros < until),
            history["windows"]!.AsArray().Sum(w => (long)w!["totals"]!["count"]!));
    }

    internal static SampleFile Open(string name) => name == "purchase cards" ? SampleFile.PurchaseCards() : SampleFile.CardNotPresent();

    internal static async Task<JsonNode> WaitForAllAsync(ServeProcess serve, SampleFile file)
    {
        var overview = await serve.WaitForOverviewAsync(o => (long)o["accepted"]! >= file.Rows.Count, ReplayDeadline, Cancellation);
        Assert.Equal(file.Rows.Count, (long)overview["accepted"]!);
        Assert.Equal(0, (long)overview["duplicates"]! + (long)overview["late"]! + (long)overview["deadLettered"]!);
        return overview;
    }

    internal static void AssertSame<TKey>(Dictionary<TKey, BucketTotals> expected, Dictionary<TKey, BucketTotals> actual)
        where TKey : notnull
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (key, totals) in expected)
        {
            Assert.True(actual.TryGetValue(key, out var found), $"{key} is missing.");
            Assert.True(totals == found, $"{key}: expected {totals}, found {found}.");
        }
    }

    private static Dictionary<string, long> DebitByCurrency(Dictionary<(string Id, string Currency), BucketTotals> totals) =>
        totals.GroupBy(t => t.Key.Currency).ToDictionary(g => g.Key, g => g.Sum(t => t.Value.DebitMinor));

    private static Dictionary<(string Id, string Currency, long Minute), BucketTotals> ReadWindows(SqliteConnection database, string kind)
    {
        using var command = database.CreateCommand();
        command.CommandText =
            $"""
            select {kind}_id, currency, window_start, count, approved_count, declined_count, reversed_count,
                   debit_minor, debit_count, credit_minor, credit_count, coalesce(min_minor, 0), coalesce(max_minor, 0)
            from {kind}_windows
            """;
        using var reader = command.ExecuteReader();
        Dictionary<(string, string, long), BucketTotals> windows = [];
        while (reader.Read())
        {
            windows.Add(
                (reader.GetString(0), reader.GetString(1), reader.GetInt64(2) / UnixMicros.PerMinute),
                new()
                {
                    Count = reader.GetInt64(3),
                    ApprovedCount = reader.GetInt64(4),
                    DeclinedCount = reader.GetInt64(5),
                    ReversedCount = reader.GetInt64(6),
                    DebitMinor = reader.GetInt64(7),
                    DebitCount = reader.GetInt64(8),
                    CreditMinor = reader.GetInt64(9),
                    CreditCount = reader.GetInt64(10),
                    MinMinor = reader.GetInt64(11),
                    MaxMinor = reader.GetInt64(12),
                });
        }

        return windows;
    }
}
