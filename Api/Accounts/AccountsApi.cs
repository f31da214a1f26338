using System.ComponentModel;
using Analytics.Api.Entities;
using Analytics.Api.History;
using Analytics.Api.Json;
using Analytics.Api.OpenApi;
using Analytics.Storage;
using Analytics.Windowing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Analytics.Api.Accounts;

/// <summary><c>/v1/accounts/{id}</c>: the live windows from the grain, the history from the store.</summary>
public static class AccountsApi
{
    public static IEndpointRouteBuilder MapAccounts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/accounts/{id}", GetAsync)
            .WithName("getAccount")
            .WithTags("Accounts")
            .WithSummary("Live metrics of an account")
            .WithDescription(LiveMetricsReader.Description)
            .Produces<AccountMetrics>()
            .ProducesProblems(400, 404, 503);
        endpoints.MapGet("/v1/accounts/{id}/windows", GetWindowsAsync)
            .WithName("getAccountWindows")
            .WithTags("Accounts")
            .WithSummary("History of an account")
            .WithDescription(HistoryDocs.Description)
            .Produces<AccountHistory>()
            .ProducesProblems(400, 503);
        return endpoints;
    }

    private static Task<IResult> GetAsync(
        HttpContext http,
        [Description("The account's id, percent-encoded, 1 to 64 characters.")] string id,
        [Description(AsOfDocs.Description)] string? asOf,
        ILiveMetrics live,
        TimeProvider clock) =>
        LiveMetricsReader.ReadAsync(
            http, EntityKind.Account, "id", id, asOf, live, clock, metrics => TypedResults.Json(AccountMetrics.From(metrics), Answers.Json.AccountMetrics));

    private static Task<IResult> GetWindowsAsync(
        HttpContext http,
        [Description("The account's id, percent-encoded, 1 to 64 characters.")] string id,
        [Description(HistoryDocs.From)] string? from,
        [Description(HistoryDocs.To)] string? to,
        [Description(HistoryDocs.Step)] string? step,
        [Description(HistoryDocs.Currency)] string? currency,
        IHistoryReader history,
        TimeProvider clock,
        CancellationToken cancellationToken) =>
        HistoryWindowsReader.ReadAsync(
            http,
            EntityKind.Account,
            new(id, from, to, step, currency),
            history,
            clock,
            (entityId, page) => TypedResults.Json(AccountHistory.Of(entityId, page), Answers.Json.AccountHistory),
            cancellationToken);
}
