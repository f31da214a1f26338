using Analytics.Api.Transactions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Analytics.Api.Problems;

/// <summary>Turns every exception, and every error answer without a body (404, 405, 415, ...), into problem details.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
            return;
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            var problem = FromException(exception);
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                Failed(logger, http.Request.Method, http.Request.Path, exception);
            }

            http.Response.Clear();
            await ProblemResult.WriteAsync(http, problem);
            return;
        }

        var response = http.Response;
        if (response.StatusCode >= 400 && !response.HasStarted && response.ContentLength is null && response.ContentType is null)
        {
            await ProblemResult.WriteAsync(http, FromStatus(response.StatusCode, http));
        }
    }

    private static ApiProblem FromException(Exception exception) => exception switch
    {
        AsOfTooOldException tooOld => ApiProblem.BadParameter("asOf", tooOld.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            Blank(413, $"The request body is larger than {TransactionsApi.MaxBodyBytes / (1024 * 1024)} MiB, the limit of this route; send several requests."),
        BadHttpRequestException bad => Blank(bad.StatusCode, bad.Message),
        StoreUnavailableException => ApiProblem.Unavailable("The store does not answer now."),
        TransactionLogUnavailableException => ApiProblem.Unavailable(
            "The transaction log did not acknowledge in time; some items may have been written. Sending the same transaction ids again is safe."),
        TimeoutException => ApiProblem.Unavailable("The grain did not answer in time."),
        SiloUnavailableException or OrleansMessageRejectionException => ApiProblem.Unavailable("The cluster is starting, stopping or moving grains."),
        _ => Blank(500, "An unexpected error; the trace id finds it in the log."),
    };

    private static ApiProblem FromStatus(int status, HttpContext http) => status switch
    {
        404 => Blank(404, "There is no such route; '/' and /openapi/v1.json list those there are."),
        405 => Blank(405, $"This route does not take {http.Request.Method}; it takes {http.Response.Headers.Allow}."),
        415 => Blank(415, "The request body must be application/json."),
        _ => Blank(status, null),
    };

    private static ApiProblem Blank(int status, string? detail) =>
        new() { Title = ReasonPhrases.GetReasonPhrase(status), Status = status, Detail = detail };

    [LoggerMessage(8000, LogLevel.Error, "{Method} {Path} failed.")]
    private static partial void Failed(ILogger logger, string method, string path, Exception exception);
}
