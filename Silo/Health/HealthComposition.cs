using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace Analytics.Silo.Health;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: silo, store and Kafka can be worked with.</summary>
internal static class HealthComposition
{
    public static IServiceCollection AddAnalyticsHealth(this IServiceCollection services)
    {
        services.AddSingleton<StoreHealthCheck>();
        services.AddHealthChecks()
            .AddCheck<SiloHealthCheck>("silo")
            .AddCheck<StoreHealthCheck>("store")
            .AddCheck<KafkaHealthCheck>("kafka");
        return services;
    }

    public static void MapAnalyticsHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = HealthAnswers.WriteAsync });
        endpoints.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = HealthAnswers.WriteAsync });
    }
}
