using System.Net.Http.Json;
using System.Text.Json;
using Analytics.Silo.Composition;
using Microsoft.Extensions.Configuration;

[assembly: AssemblyFixture(typeof(Analytics.Tests.Api.ApiFixture))]

namespace Analytics.Tests.Api;

/// <summary>The whole product in this process: silo, embedded broker, SQLite in a temporary folder, and Kestrel on a free port.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("orleans-analytics-").FullName;
    private AnalyticsHost? _host;

    /// <summary>Knows the address.</summary>
    public HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Urls", "http://localhost:0"),
            new("Storage:Path", Path.Combine(_folder, "analytics.db")),
            new("Checkpoint:Interval", "00:00:00.1"),
            new("Logging:LogLevel:Default", "Warning"),
        ]).Build();
        _host = await AnalyticsHost.StartAsync(configuration, TestContext.Current.CancellationToken);
        Client = new() { BaseAddress = new(_host.Addresses.First()) };
    }

    /// <summary>A valid transaction with an id of its own.</summary>
    public static Dictionary<string, object?> Transaction(string accountId, string merchantId, long amountMinor = 100) => new()
    {
        ["transactionId"] = Guid.NewGuid().ToString("N"),
        ["accountId"] = accountId,
        ["merchantId"] = merchantId,
        ["amountMinor"] = amountMinor,
        ["currency"] = "EUR",
        ["occurredAt"] = DateTimeOffset.UtcNow,
        ["type"] = "purchase",
        ["status"] = "approved",
    };

    /// <summary>Appends and expects 202.</summary>
    public async Task PostAsync(params Dictionary<string, object?>[] transactions)
    {
        using var answer = await Client.PostAsJsonAsync("/v1/transactions", transactions, TestContext.Current.CancellationToken);
        Assert.Equal(202, (int)answer.StatusCode);
    }

    /// <summary>Repeats a GET until its JSON is as expected.</summary>
    public async Task<JsonElement> GetUntilAsync(string path, Func<JsonElement, bool> isExpected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Deadline);
        while (true)
        {
            using var answer = await Client.GetAsync(path, limit.Token);
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>(limit.Token);
            if (answer.IsSuccessStatusCode && isExpected(json))
            {
                return json;
            }

            await Task.Delay(20, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_host is not null)
        {
            await _host.StopAsync();
            await _host.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
