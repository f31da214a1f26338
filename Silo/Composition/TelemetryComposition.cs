using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Analytics.Silo.Composition;

/// <summary>Metrics for Prometheus at <c>/metrics</c>; metrics and traces by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set.</summary>
internal static class TelemetryComposition
{
    private static readonly string[] Meters = ["Orleans.Analytics", "Orleans.Streaming.Kafka", "Analytics.Storage.Sqlite", "Microsoft.Orleans"];
    private static readonly string[] Sources = ["Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime"];

    // What Orleans counts at each message, two or three updates for every grain call, and what it finds out by a look at every activation or
    // every entry of its directory's cache whenever it is asked. Of no use to an operator.
    private static readonly string[] Costly = ["orleans-messaging-processing", "orleans-directory-lookups", "orleans-directory-cache-size"];

    /// <param name="services">The host's.</param>
    /// <param name="exports">Whether a collector is told, if there is one.</param>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, bool exports)
    {
        var hasCollector = exports && !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("orleans-analytics"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddView(instrument => Costly.Any(prefix => instrument.Name.StartsWith(prefix, StringComparison.Ordinal))
                ? MetricStreamConfiguration.Drop
                : null);
            metrics.AddMeter(Meters).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
            if (hasCollector)
            {
                metrics.AddOtlpExporter();
            }
        });
        if (hasCollector)
        {
            telemetry.WithTracing(traces => traces.AddSource(Sources).AddAspNetCoreInstrumentation().AddOtlpExporter());
        }

        return services;
    }
}
