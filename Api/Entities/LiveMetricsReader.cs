using Analytics.Api.Parameters;
using Analytics.Api.Problems;
using Analytics.Windowing;
using Microsoft.AspNetCore.Http;

namespace Analytics.Api.Entities;

/// <summary>One read of an entity's memory: what <c>GET /v1/accounts/{id}</c> and <c>GET /v1/merchants/{id}</c> have in common.</summary>
internal static class LiveMetricsReader
{
    public static async Task<IResult> ReadAsync(
        HttpContext http,
        EntityKind kind,
        string parameter,
        string routeValue,
        string? asOf,
        ILiveMetrics live,
        TimeProvider clock,
        Func<EntityMetrics, IResult> answer)
    {
        var id = EntityIds.Decode(http, routeValue, segmentsAfter: 0);
        if (!EntityIds.TryValidate(parameter, id, out var problem) || !TryReadAsOf(asOf, clock, out var time, out problem))
        {
            return new ProblemResult(problem!);
        }

        var metrics = await live.GetAsync(kind, id, time);
        return metrics is null ? new ProblemResult(NeverSeen(parameter)) : answer(metrics);
    }

    private static bool TryReadAsOf(string? text, TimeProvider clock, out DateTimeOffset? time, out ApiProblem? problem)
    {
        (time, problem) = (null, null);
        if (text is null)
        {
            return true;
        }

        if (text == "now")
        {
            time = clock.GetUtcNow();
            return true;
        }

        if (Rfc3339.TryParse(text, out var parsed))
        {
            time = parsed;
            return true;
        }

        problem = ApiProblem.BadParameter("asOf", "asOf must be 'now' or an RFC 3339 time such as 2026-01-31T12:00:00Z.");
        return false;
    }

    private static ApiProblem NeverSeen(string parameter) => new()
    {
        Type = "urn:orleans-analytics:never-seen",
        Title = "Never seen",
        Status = StatusCodes.Status404NotFound,
        Parameter = parameter,
        Detail = "No transaction with this id was accepted.",
    };
}
