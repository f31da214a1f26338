using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Analytics.Silo.Composition;
using Analytics.Silo.WarmUp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Tests.Integration;

/// <summary>Traffic before the start, of which nothing is left but compiled code.</summary>
public sealed class WarmUpTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_traffic_goes_through_grains() => Assert.InRange(await RunAsync(Duration, SiloWarmUp.Patience), 1_000, 40_000);

    /// <summary>There is no certificate, which is found out when its silo runs already.</summary>
    [Fact]
    public async Task One_that_fails_half_way_is_done_without_and_leaves_nothing_that_runs()
    {
        var port = FreePort.Next();
        Assert.Equal(0, await RunAsync(Duration, SiloWarmUp.Patience, ("Urls", "https://127.0.0.1:0"), ("Orleans:SiloPort", $"{port}")));

        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
    }

    [Fact]
    public async Task One_that_takes_too_long_is_done_without()
    {
        // It takes connections and never answers.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var clock = Stopwatch.StartNew();

        Assert.Equal(0, await RunAsync(TimeSpan.Zero, TimeSpan.FromSeconds(1), ("Kafka:BootstrapServers", silent.LocalEndpoint.ToString()!)));

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_its_traffic_ends_it()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "analytics.transactions.accepted")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => stop.CancelAsync());
        listener.Start();

        await Assert.ThrowsAsync<StartStoppedException>(() => SiloWarmUp.RunAsync(
            SiloWarmUp.Settings(), TimeSpan.FromMinutes(1), SiloWarmUp.Patience, NullLogger.Instance, stop.Token)
            .WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    [Fact]
    public async Task Nothing_of_it_is_seen_in_the_silo_that_follows()
    {
        await using var serve = await ServeProcess.StartAsync("serve", Cancellation, "--WarmUp:Duration=00:00:01");
        var overview = await serve.WaitForOverviewAsync(
            o => o["partitions"]!.AsArray().All(p => p!["silo"] is not null), TimeSpan.FromSeconds(20), Cancellation);

        Assert.Contains("Warmed up with ", serve.Output, StringComparison.Ordinal);
        Assert.Equal(0, (long)overview["accepted"]!);
        var metrics = await serve.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        Assert.DoesNotContain("analytics_transactions_accepted_total{", metrics, StringComparison.Ordinal);
        using var account = await serve.Http.GetAsync(new Uri("/v1/accounts/acct-0000000", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, account.StatusCode);
        Assert.Equal(0, await serve.StopAsync(Cancellation));
    }

    private static Task<long> RunAsync(TimeSpan duration, TimeSpan patience, params (string Key, string Value)[] other) => SiloWarmUp.RunAsync(
        new ConfigurationBuilder().AddConfiguration(SiloWarmUp.Settings())
            .AddInMemoryCollection(other.Select(o => KeyValuePair.Create(o.Key, (string?)o.Value))).Build(),
        duration,
        patience,
        NullLogger.Instance,
        Cancellation);
}
