using Analytics.Api.Parameters;
using Analytics.Api.Problems;
using Analytics.Storage;
using Analytics.Windowing;
using Microsoft.AspNetCore.Http;

namespace Analytics.Api.History;

/// <summary>One history call: what the two history routes have in common.</summary>
internal static class HistoryWindowsReader
{
    public static async Task<IResult> ReadAsync(
        HttpContext http,
        EntityKind kind,
        HistoryParameters parameters,
        IHistoryReader history,
        TimeProvider clock,
        Func<string, HistoryPage, IResult> answer,
        CancellationToken cancellationToken)
    {
        var id = EntityIds.Decode(http, parameters.Id, segmentsAfter: 1);
        if (!EntityIds.TryValidate("id", id, out var problem))
        {
            return new ProblemResult(problem);
        }

        if (HistoryQuery.Parse(parameters, clock.GetUtcNow(), out problem) is not { } query)
        {
            return new ProblemResult(problem!);
        }

        var windows = await history.ReadWindowsAsync(
            kind, id, query.From, query.To, query.Step, query.Currency, HistoryQuery.MaxWindows + 1, cancellationToken);
        return answer(id, HistoryPage.From(query, windows));
    }
}
