using Analytics.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Streaming.Kafka;

namespace Analytics.Silo.Health;

/// <summary>
/// Whether every partition of this silo can be read. Not ready until the topic is known; later a fault is only a degradation, because live
/// reads go on.
/// </summary>
internal sealed class KafkaHealthCheck([FromKeyedServices(AnalyticsStreams.Provider)] IKafkaStreamControl streams) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var faults = streams.Faults;
        return Task.FromResult(
            streams.PartitionCount == 0 ? HealthCheckResult.Unhealthy("The topic's partitions are not known yet.")
            : faults.Count > 0 ? HealthCheckResult.Degraded(string.Join(' ', faults))
            : HealthCheckResult.Healthy());
    }
}
