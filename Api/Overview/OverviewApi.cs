using Analytics.Api.Json;
using Analytics.Api.OpenApi;
using Analytics.Overview;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Analytics.Api.Overview;

/// <summary><c>/v1/overview</c>: totals, rates, latencies and partitions of the cluster.</summary>
public static class OverviewApi
{
    public static IEndpointRouteBuilder MapOverview(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/overview", GetAsync)
            .WithName("getOverview")
            .WithTags("Overview")
            .WithSummary("Totals, rates, latencies and partitions of the cluster")
            .WithDescription("Totals count since the epoch began, restarts included; they are a few hundred milliseconds behind.")
            .Produces<OverviewAnswer>()
            .ProducesProblems(503);
        return endpoints;
    }

    private static async Task<IResult> GetAsync(IGrainFactory grains) =>
        TypedResults.Json(OverviewAnswer.From(await grains.GetGrain<IOverviewGrain>(0).GetAsync()), Answers.Json.OverviewAnswer);
}
