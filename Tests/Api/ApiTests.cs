using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Analytics.Tests.Api;

/// <summary>The API through a real HTTP client, with nothing replaced behind it.</summary>
public sealed class ApiTests(ApiFixture api)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain")]
    [InlineData("sainsburys s/mkts")]
    [InlineData("a/b%2Fc+d&e?f#g")]
    [InlineData("100%25")]
    [InlineData("Müller \u2615 \U0001F4B3")]
    [InlineData("windows")]
    [InlineData("it's \"quoted\" <here>")]
    public async Task What_is_posted_is_answered_under_its_id(string name)
    {
        var (account, merchant) = ($"{name} {Guid.NewGuid():N}"[..Math.Min(60, name.Length + 9)], $"{Guid.NewGuid():N}"[..8] + name);
        await api.PostAsync(ApiFixture.Transaction(account, merchant, 150), ApiFixture.Transaction(account, merchant, 50));
        foreach (var (kind, member, id) in ((string, string, string)[])[("accounts", "accountId", account), ("merchants", "merchantId", merchant)])
        {
            var json = await api.GetUntilAsync($"/v1/{kind}/{Uri.EscapeDataString(id)}", json => Day(json).GetProperty("count").GetInt64() == 2);
            Assert.Equal([member, "asOf", "lagMs", "currencies", "lastTransaction"], json.EnumerateObject().Select(property => property.Name));
            Assert.Equal(id, json.GetProperty(member).GetString());
            Assert.Equal("EUR", json.GetProperty("currencies")[0].GetProperty("currency").GetString());
            Assert.Equal(["1m", "5m", "1h", "24h"], json.GetProperty("currencies")[0].GetProperty("windows").EnumerateObject().Select(p => p.Name));
            Assert.Equal((200, 100.0, 0.0), (Day(json).GetProperty("debitMinor").GetInt64(), Day(json).GetProperty("avgDebitMinor").GetDouble(), Day(json).GetProperty("declineRate").GetDouble()));
            Assert.Equal((50, 150), (Day(json).GetProperty("minMinor").GetInt64(), Day(json).GetProperty("maxMinor").GetInt64()));
            Assert.Equal("purchase", json.GetProperty("lastTransaction").GetProperty("type").GetString());
            Assert.EndsWith("Z", json.GetProperty("asOf").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_encoded_percent_is_not_a_slash()
    {
        var suffix = Guid.NewGuid().ToString("N");
        await api.PostAsync(ApiFixture.Transaction($"a%2F{suffix}", "m", 1), ApiFixture.Transaction($"a/{suffix}", "m", 2), ApiFixture.Transaction($"a/{suffix}", "m", 2));
        await api.GetUntilAsync($"/v1/accounts/a%2F{suffix}", json => Day(json).GetProperty("debitMinor").GetInt64() == 4);
        await api.GetUntilAsync($"/v1/accounts/a%252F{suffix}", json => Day(json).GetProperty("debitMinor").GetInt64() == 1);
    }

    [Fact]
    public async Task A_declined_transaction_has_no_smallest_debit()
    {
        var account = Guid.NewGuid().ToString("N");
        var declined = ApiFixture.Transaction(account, "m");
        declined["status"] = "declined";
        await api.PostAsync(declined);
        var json = await api.GetUntilAsync($"/v1/accounts/{account}?asOf=now", json => Day(json).GetProperty("count").GetInt64() == 1);
        Assert.Equal(JsonValueKind.Null, Day(json).GetProperty("minMinor").ValueKind);
        Assert.Equal(JsonValueKind.Null, Day(json).GetProperty("avgDebitMinor").ValueKind);
        Assert.Equal(1.0, Day(json).GetProperty("declineRate").GetDouble());
    }

    [Fact]
    public async Task The_history_comes_from_the_store()
    {
        var merchant = $"shop/{Guid.NewGuid():N}";
        await api.PostAsync(ApiFixture.Transaction("a", merchant, 70));
        foreach (var step in (string[])["1m", "1h", "1d"])
        {
            var from = DateTimeOffset.UtcNow.AddDays(-2).ToString("yyyy-MM-ddTHH:mm:ss+00:00");
            var json = await api.GetUntilAsync(
                $"/v1/merchants/{Uri.EscapeDataString(merchant)}/windows?step={step}&from={from}&currency=EUR",
                json => json.GetProperty("windows").GetArrayLength() == 1);
            Assert.Equal(70, json.GetProperty("windows")[0].GetProperty("totals").GetProperty("debitMinor").GetInt64());
            Assert.Equal((merchant, step), (json.GetProperty("merchantId").GetString(), json.GetProperty("step").GetString()));
        }
    }

    [Fact]
    public async Task Bad_items_are_listed_and_none_of_the_request_is_appended()
    {
        var account = Guid.NewGuid().ToString("N");
        var bad = ApiFixture.Transaction(account, "m");
        bad["currency"] = "XYZ";
        using var answer = await api.Client.PostAsJsonAsync(
            "/v1/transactions", (Dictionary<string, object?>[])[ApiFixture.Transaction(account, "m"), bad], Cancellation);
        var problem = await ProblemOf(answer, 400);
        Assert.Equal("unknown_currency", Assert.Single(problem.GetProperty("errors").EnumerateArray()).GetProperty("code").GetString());
        await ProblemOf(await api.Client.GetAsync($"/v1/accounts/{account}", Cancellation), 404);
    }

    [Fact]
    public async Task A_merchant_of_late_transactions_only_is_not_said_to_have_none()
    {
        // The same account, so the same partition, whose watermark makes the second one late.
        var (account, merchant) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        await api.PostAsync(ApiFixture.Transaction(account, "m"));
        await api.GetUntilAsync($"/v1/accounts/{account}", json => Day(json).GetProperty("count").GetInt64() == 1);
        var before = await LateAsync();
        var late = ApiFixture.Transaction(account, merchant);
        late["occurredAt"] = DateTimeOffset.UtcNow.AddDays(-3);
        await api.PostAsync(late);
        await api.GetUntilAsync("/v1/overview", json => json.GetProperty("late").GetInt64() == before + 1);

        var problem = await ProblemOf(await api.Client.GetAsync($"/v1/merchants/{merchant}", Cancellation), 404);
        var detail = problem.GetProperty("detail").GetString();
        Assert.DoesNotContain("accepted", detail, StringComparison.Ordinal);
        Assert.Contains("counts in any window", detail, StringComparison.Ordinal);
        Assert.Contains("Windows:AllowedLateness", detail, StringComparison.Ordinal);
        Assert.Contains(detail!, await api.Client.GetStringAsync("/openapi/v1.json", Cancellation), StringComparison.Ordinal);

        async Task<long> LateAsync() =>
            (await api.GetUntilAsync("/v1/overview", _ => true)).GetProperty("late").GetInt64();
    }

    [Theory]
    [InlineData("GET", "/no/such/route", 404)]
    [InlineData("GET", "/v1/accounts", 404)]
    [InlineData("GET", "/v1/accounts/never-seen", 404)]
    [InlineData("DELETE", "/v1/accounts/a", 405)]
    [InlineData("GET", "/v1/transactions", 405)]
    [InlineData("POST", "/v1/transactions", 415)]
    [InlineData("GET", "/v1/accounts/%20", 400)]
    [InlineData("GET", "/v1/accounts/%07", 400)]
    [InlineData("GET", "/v1/merchants/12345678901234567890123456789012345678901234567890123456789012345", 400)]
    [InlineData("GET", "/v1/merchants/12345678901234567890123456789012345678901234567890123456789012345/windows", 400)]
    [InlineData("GET", "/v1/accounts/a?asOf=yesterday", 400)]
    [InlineData("GET", "/v1/accounts/a?asOf=now&asOf=now", 400)]
    [InlineData("GET", "/v1/accounts/a/windows?step=1w", 400)]
    [InlineData("GET", "/v1/accounts/a/windows?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 400)]
    public async Task Every_error_is_problem_details(string method, string path, int status)
    {
        foreach (var accept in (string[])["application/json", "text/html"])
        {
            using var request = new HttpRequestMessage(new(method), path);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
            using var answer = await api.Client.SendAsync(request, Cancellation);
            var problem = await ProblemOf(answer, status);
            Assert.Equal(path.Split('?')[0], problem.GetProperty("instance").GetString());
            Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        }
    }

    [Fact]
    public async Task An_instant_before_the_live_windows_is_refused_with_its_sentence()
    {
        var account = Guid.NewGuid().ToString("N");
        await api.PostAsync(ApiFixture.Transaction(account, "m"));
        await api.GetUntilAsync($"/v1/accounts/{account}", json => Day(json).GetProperty("count").GetInt64() == 1);
        using var answer = await api.Client.GetAsync($"/v1/accounts/{account}?asOf=2000-01-01T00:00:00Z", Cancellation);
        var problem = await ProblemOf(answer, 400);
        Assert.Equal("asOf", problem.GetProperty("parameter").GetString());
        Assert.StartsWith("Live windows reach back to", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/v1/overview", 200)]
    [InlineData("/openapi/v1.json", 200)]
    [InlineData("/health/live", 200)]
    [InlineData("/v1/accounts/never-seen", 404)]
    [InlineData("/v1/transactions", 405)]
    public async Task Head_is_get_without_a_body(string path, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var answer = await api.Client.SendAsync(request, Cancellation);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_compressed_body_is_not_taken()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await api.Client.PostAsync("/v1/transactions", content, Cancellation);
        Assert.Contains("gzip", (await ProblemOf(answer, 415)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Malformed_json_and_large_bodies_are_problems_and_the_route_still_works()
    {
        var malformed = await ProblemOf(await PostAsync("[{},\n oops]"), 400);
        Assert.Equal((2, 2), (malformed.GetProperty("line").GetInt32(), malformed.GetProperty("position").GetInt32()));
        var large = await ProblemOf(await PostAsync($"[{new string(' ', 3 * 1024 * 1024)}]"), 413);
        Assert.Contains("2 MiB", large.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await api.PostAsync(ApiFixture.Transaction("a", "m"));
    }

    [Fact]
    public async Task The_overview_counts_duplicates()
    {
        var before = await api.GetUntilAsync("/v1/overview", _ => true);
        var twice = ApiFixture.Transaction("a", "m");
        await api.PostAsync(twice);
        await api.PostAsync(twice);
        var json = await api.GetUntilAsync(
            "/v1/overview",
            json => json.GetProperty("duplicates").GetInt64() > before.GetProperty("duplicates").GetInt64() && json.GetProperty("partitions").GetArrayLength() > 0);
        Assert.Equal(
            ["accepted", "duplicates", "late", "deadLettered", "transactionsPerSecond", "streamTime", "latencyMs", "partitions"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["partition", "silo", "offset", "checkpoint", "lag", "watermark"],
            json.GetProperty("partitions")[0].EnumerateObject().Select(property => property.Name));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task A_running_silo_is_healthy(string path) =>
        Assert.True((await api.GetUntilAsync(path, _ => true)).GetProperty("healthy").GetBoolean());

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/dashboard/", "text/html")]
    [InlineData("/metrics", "text/plain")]
    [InlineData("/openapi/v1.json", "application/json")]
    public async Task Operations_have_their_pages(string path, string type)
    {
        using var answer = await api.Client.GetAsync(path, Cancellation);
        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task The_document_describes_every_route_with_strict_types()
    {
        var document = await api.GetUntilAsync("/openapi/v1.json", _ => true);
        Assert.Equal(
            ["/v1/accounts/{id}", "/v1/accounts/{id}/windows", "/v1/merchants/{id}", "/v1/merchants/{id}/windows", "/v1/overview", "/v1/transactions"],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Contains("transfer_out", schemas.GetProperty("TransactionType").ToString(), StringComparison.Ordinal);
        Assert.Equal("integer", schemas.GetProperty("BucketTotalsAnswer").GetProperty("properties").GetProperty("count").GetProperty("type").GetString());
        Assert.All(
            document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()),
            operation => Assert.True(operation.Value.TryGetProperty("summary", out _)));
    }

    private static JsonElement Day(JsonElement metrics) => metrics.GetProperty("currencies")[0].GetProperty("windows").GetProperty("24h");

    private static async Task<JsonElement> ProblemOf(HttpResponseMessage answer, int status)
    {
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        return problem;
    }

    private async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/transactions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };

        // Otherwise the server may close the connection on a large body before the answer has been read.
        request.Headers.ExpectContinue = true;
        return await api.Client.SendAsync(request, Cancellation);
    }
}
