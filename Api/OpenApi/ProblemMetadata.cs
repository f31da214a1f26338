using Analytics.Api.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Analytics.Api.OpenApi;

internal static class ProblemMetadata
{
    /// <summary>Documents the statuses that a route answers with problem details; 500 is always one of them.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            route.Produces<ApiProblem>(status, ApiProblem.MediaType);
        }

        return route.Produces<ApiProblem>(StatusCodes.Status500InternalServerError, ApiProblem.MediaType);
    }
}
