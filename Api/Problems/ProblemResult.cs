using System.Globalization;
using Analytics.Api.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Analytics.Api.Problems;

/// <summary>Writes a problem, whatever the client accepts: an error that nobody can read helps nobody.</summary>
internal sealed class ProblemResult(ApiProblem problem) : IResult
{
    public static Task WriteAsync(HttpContext http, ApiProblem problem)
    {
        var response = http.Response;
        response.StatusCode = problem.Status;
        if (problem.RetryAfter is { } retryAfter)
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (HttpMethods.IsHead(http.Request.Method))
        {
            return Task.CompletedTask;
        }

        var complete = problem with
        {
            Instance = http.Features.Get<IHttpRequestFeature>()?.RawTarget.Split('?')[0],
            TraceId = problem.Status >= 500 ? System.Diagnostics.Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier : null,
        };
        return response.WriteAsJsonAsync(complete, Answers.Problems.ApiProblem, ApiProblem.MediaType, http.RequestAborted);
    }

    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);
}
