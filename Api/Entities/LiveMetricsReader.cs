using Analytics.Api.Parameters;
using Analytics.Api.Problems;
using Analytics.Windowing;
using Microsoft.AspNetCore.Http;

namespace Analytics.Api.Entities;

/// <summary>One read of an entity's memory: what <c>GET /v1/accounts/{id}</c> and <c>GET /v1/merchants/{id}</c> have in common.</summary>
internal static class LiveMetricsReader
{
    /// <summary>What OpenAPI says of both routes.</summary>
    public const string Description =
        "Read from the grain's memory, never from the store. Percent-encode the id, '/' as %2F. "
        + "404 when no transaction with this id counts in any window: there was none, or all were late.";

    /// <summary>What the 404 says.</summary>
    public const string NothingCountsDetail =
        "No transaction with this id counts in any window: there was none, or all came later than Windows:AllowedLateness; those are stored, and change no window.";

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
        return metrics is null ? new ProblemResult(NothingCounts(parameter)) : answer(metrics);
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

    // Late transactions never reach the grain, so it cannot tell whether there were any; the store is not asked for the sake of an error.
    private static ApiProblem NothingCounts(string parameter) => new()
    {
        Type = "urn:orleans-analytics:never-seen",
        Title = "Not in the live windows",
        Status = StatusCodes.Status404NotFound,
        Parameter = parameter,
        Detail = NothingCountsDetail,
    };
}
