using Analytics.Silo.WarmUp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Tests.Integration;

/// <summary>Traffic before the start, of which nothing is left but compiled code.</summary>
public sealed class WarmUpTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_traffic_goes_through_grains() =>
        Assert.InRange(
            await SiloWarmUp.RunAsync(SiloWarmUp.Settings(), TimeSpan.FromSeconds(2), NullLogger.Instance, Cancellation), 1_000, 40_000);

    [Fact]
    public async Task One_that_fails_is_done_without()
    {
        // An address that is nobody's (RFC 5737).
        var settings = new ConfigurationBuilder().AddConfiguration(SiloWarmUp.Settings())
            .AddInMemoryCollection([new("Urls", "http://192.0.2.1:1")]).Build();

        Assert.Equal(0, await SiloWarmUp.RunAsync(settings, TimeSpan.FromSeconds(2), NullLogger.Instance, Cancellation));
    }

    [Fact]
    public async Task Nothing_of_it_is_seen_in_the_silo_that_follows()
    {
        await using var serve = await ServeProcess.StartAsync("serve", Cancellation, "--WarmUp:Duration=00:00:01");
        var overview = await serve.WaitForOverviewAsync(
            o => o["partitions"]!.AsArray().All(p => p!["silo"] is not null), TimeSpan.FromSeconds(20), Cancellation);

        Assert.Contains("Warms up for 00:00:01", serve.Output, StringComparison.Ordinal);
        Assert.Equal(0, (long)overview["accepted"]!);
        Assert.DoesNotContain("analytics_transactions_accepted_total{", await serve.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation), StringComparison.Ordinal);
        using var account = await serve.Http.GetAsync(new Uri("/v1/accounts/acct-0000000", UriKind.Relative), Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, account.StatusCode);
        Assert.Equal(0, await serve.StopAsync(Cancellation));
    }
}
