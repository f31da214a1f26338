using Analytics.Storage;

namespace Analytics.Silo.Composition;

/// <summary>What the log says when everything runs: where to look, and what is embedded.</summary>
internal static partial class StartPage
{
    public static async Task WriteAsync(AnalyticsHost host, long epoch, CancellationToken cancellationToken)
    {
        var (logger, settings) = (host.Logger, host.Settings);
        var store = await host.Services.GetRequiredService<IAnalyticsStore>().DescribeAsync(cancellationToken);
        foreach (var address in host.Addresses)
        {
            Line(logger, "API", address);
        }

        var first = host.Addresses.First();
        Line(logger, "Overview", $"{first}/v1/overview");
        Line(logger, "Dashboard", $"{first}/dashboard");
        Line(logger, "Routes", $"{first}/openapi/v1.json");
        Line(logger, "Kafka", $"{host.BootstrapServers}{(settings.Kafka.BootstrapServers is null ? " (embedded)" : "")}, topic {settings.Kafka.Topic}, epoch {epoch}");
        Line(logger, "Store", store);
        Line(logger, "Cluster", settings.Orleans.ClusteringRedis is null ? "a single silo on localhost" : "Redis");
        if (settings.Kafka.BootstrapServers is null)
        {
            Embedded(logger);
        }
    }

    [LoggerMessage(8100, LogLevel.Information, "{What,-10} {Value}")]
    private static partial void Line(ILogger logger, string what, string value);

    [LoggerMessage(8102, LogLevel.Warning,
        "The embedded broker is for development and demonstrations: it keeps 5 MB a partition, in memory, until this process stops. Set Kafka:BootstrapServers for anything else.")]
    private static partial void Embedded(ILogger logger);
}
