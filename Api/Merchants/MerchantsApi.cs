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

namespace Analytics.Api.Merchants;

/// <summary><c>/v1/merchants/{id}</c>: the live windows from the grain, the history from the store.</summary>
public static class MerchantsApi
{
    public static IEndpointRouteBuilder MapMerchants(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/merchants/{id}", GetAsync)
            .WithName("getMerchant")
            .WithTags("Merchants")
            .WithSummary("Live metrics of a merchant")
            .WithDescription(LiveMetricsReader.Description)
            .Produces<MerchantMetrics>()
            .ProducesProblems(400, 404, 503);
        endpoints.MapGet("/v1/merchants/{id}/windows", GetWindowsAsync)
            .WithName("getMerchantWindows")
            .WithTags("Merchants")
            .WithSummary("History of a merchant")
            .WithDescription(HistoryDocs.Description)
            .Produces<MerchantHistory>()
            .ProducesProblems(400, 503);
        return endpoints;
    }

    private static Task<IResult> GetAsync(
        HttpContext http,
        [Description("The merchant's id, percent-encoded, 1 to 64 characters.")] string id,
        [Description(AsOfDocs.Description)] string? asOf,
        ILiveMetrics live,
        TimeProvider clock) =>
        LiveMetricsReader.ReadAsync(
            http, EntityKind.Merchant, "id", id, asOf, live, clock, metrics => TypedResults.Json(MerchantMetrics.From(metrics), Answers.Json.MerchantMetrics));

    private static Task<IResult> GetWindowsAsync(
        HttpContext http,
        [Description("The merchant's id, percent-encoded, 1 to 64 characters.")] string id,
        [Description(HistoryDocs.From)] string? from,
        [Description(HistoryDocs.To)] string? to,
        [Description(HistoryDocs.Step)] string? step,
        [Description(HistoryDocs.Currency)] string? currency,
        IHistoryReader history,
        TimeProvider clock,
        CancellationToken cancellationToken) =>
        HistoryWindowsReader.ReadAsync(
            http,
            EntityKind.Merchant,
            new(id, from, to, step, currency),
            history,
            clock,
            (entityId, page) => TypedResults.Json(MerchantHistory.Of(entityId, page), Answers.Json.MerchantHistory),
            cancellationToken);
}
