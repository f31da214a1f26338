using System.Text.Json.Serialization;
using Analytics.Api.Accounts;
using Analytics.Api.Json;
using Analytics.Api.Landing;
using Analytics.Api.Merchants;
using Analytics.Api.OpenApi;
using Analytics.Api.Overview;
using Analytics.Api.Problems;
using Analytics.Api.Transactions;
using Analytics.Transactions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Analytics.Api;

/// <summary>
/// The HTTP API of DESIGN.md section 3. It needs an <see cref="IGrainFactory"/>, an <see cref="Analytics.Windowing.ILiveMetrics"/>, an
/// <see cref="Analytics.Transactions.ITransactionLog"/> and an <see cref="Analytics.Storage.IHistoryReader"/> in the services.
/// </summary>
public static class AnalyticsApi
{
    public static IServiceCollection AddAnalyticsApi(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.ConfigureHttpJsonOptions(options =>
        {
            // Also read by the OpenAPI document, which would otherwise say that numbers may be strings, and enums numbers.
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.Converters.Add(new SnakeCaseEnumConverter<TransactionType>());
            options.SerializerOptions.Converters.Add(new SnakeCaseEnumConverter<TransactionStatus>());
            options.SerializerOptions.Converters.Add(new SnakeCaseEnumConverter<TransactionChannel>());
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            options.SerializerOptions.TypeInfoResolverChain.Insert(1, ProblemJson.Default);
        });
        return services.AddApiDocument();
    }

    /// <summary>Answers every error with problem details; the first of the pipeline.</summary>
    public static IApplicationBuilder UseAnalyticsProblems(this IApplicationBuilder app) => app.UseMiddleware<ProblemMiddleware>();

    /// <summary>Answers HEAD wherever there is GET; before routing.</summary>
    public static IApplicationBuilder UseHeadAsGet(this IApplicationBuilder app) => app.UseMiddleware<HeadAsGet>();

    /// <summary>Maps every route of the API, the OpenAPI document and the landing page.</summary>
    public static IEndpointRouteBuilder MapAnalyticsApi(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapLanding().MapTransactions().MapAccounts().MapMerchants().MapOverview();
        endpoints.MapOpenApi("/openapi/{documentName}.json");
        return endpoints;
    }
}
