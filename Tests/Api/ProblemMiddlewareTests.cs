using System.Text.Json;
using Analytics.Api.Problems;
using Analytics.Storage;
using Analytics.Transactions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Tests.Api;

public sealed class ProblemMiddlewareTests
{
    public static TheoryData<Exception, int, bool> Faults => new()
    {
        { new StoreUnavailableException("Host=secret", new IOException()), 503, true },
        { new TransactionLogUnavailableException("broker secret", new IOException()), 503, true },
        { new TimeoutException("secret"), 503, true },
        { new BadHttpRequestException("too large", 413), 413, false },
        { new InvalidOperationException("secret"), 500, false },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task Invoke_WhenTheRouteThrows_AnswersAProblemWithoutItsInsides(Exception fault, int status, bool mayRetry)
    {
        var (http, problem) = await InvokeAsync(_ => throw fault);
        Assert.Equal((status, "application/problem+json"), (http.Response.StatusCode, http.Response.ContentType));
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(mayRetry, http.Response.Headers.RetryAfter.Count == 1);
        Assert.Equal(status >= 500, problem.TryGetProperty("traceId", out _));
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_WhenTheRouteHasWrittenABody_LeavesItAlone()
    {
        var (http, json) = await InvokeAsync(http =>
        {
            http.Response.StatusCode = 503;
            return http.Response.WriteAsJsonAsync(new { healthy = false });
        });
        Assert.Equal(503, http.Response.StatusCode);
        Assert.False(json.GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public async Task Invoke_WhenTheClientIsGone_WritesNothing()
    {
        var http = Context();
        http.RequestAborted = new(canceled: true);
        await new ProblemMiddleware(_ => throw new OperationCanceledException(), NullLogger<ProblemMiddleware>.Instance).InvokeAsync(http);
        Assert.Equal(0, http.Response.Body.Length);
    }

    private static async Task<(HttpContext Http, JsonElement Json)> InvokeAsync(RequestDelegate route)
    {
        var http = Context();
        await new ProblemMiddleware(route, NullLogger<ProblemMiddleware>.Instance).InvokeAsync(http);
        http.Response.Body.Position = 0;
        using var document = await JsonDocument.ParseAsync(http.Response.Body, cancellationToken: TestContext.Current.CancellationToken);
        return (http, document.RootElement.Clone());
    }

    private static DefaultHttpContext Context()
    {
        var http = new DefaultHttpContext();
        http.Response.Body = new MemoryStream();
        return http;
    }
}
