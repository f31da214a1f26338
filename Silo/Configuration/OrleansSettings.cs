using System.Net;

namespace Analytics.Silo.Configuration;

/// <summary>What the silo needs of its surroundings.</summary>
internal sealed record OrleansSettings
{
    public const int DefaultSiloPort = 11111;
    public const int DefaultGatewayPort = 30000;

    /// <summary>Null: the default port, or on a localhost silo any free one when that is taken.</summary>
    public required int? SiloPort { get; init; }

    /// <inheritdoc cref="SiloPort"/>
    public required int? GatewayPort { get; init; }

    /// <summary>The address other silos reach this one at; null: the first non-loopback one.</summary>
    public required IPAddress? AdvertisedIP { get; init; }

    public required string ClusterId { get; init; }

    public required string ServiceId { get; init; }

    /// <summary>StackExchange.Redis' connection string; null for a single localhost silo.</summary>
    public required string? ClusteringRedis { get; init; }

    /// <summary>
    /// How long a silo of a cluster may give no sign of life before the others declare it dead and take over; a killed process is found out
    /// sooner. Shorter than the longest pause that a healthy process makes, silos lose their place for nothing.
    /// </summary>
    public required TimeSpan FailureDetection { get; init; }

    public static OrleansSettings Read(SettingReader reader)
    {
        reader.RejectUnknown("Orleans", "SiloPort", "GatewayPort", "AdvertisedIP", "ClusterId", "ServiceId");
        reader.RejectUnknown("Clustering", "Redis", "FailureDetection");
        IPAddress? advertised = null;
        if (reader.Text("Orleans:AdvertisedIP") is { } text && !IPAddress.TryParse(text, out advertised))
        {
            throw new SettingException("Orleans:AdvertisedIP", $"'{text}' is not an IP address.");
        }

        return new()
        {
            SiloPort = (int?)reader.Integer("Orleans:SiloPort", 1, 65535),
            GatewayPort = (int?)reader.Integer("Orleans:GatewayPort", 1, 65535),
            AdvertisedIP = advertised,
            ClusterId = reader.Value("Orleans:ClusterId") ?? "orleans-analytics",
            ServiceId = reader.Value("Orleans:ServiceId") ?? "orleans-analytics",
            ClusteringRedis = AnalyticsSettings.CheckedRedis(reader, "Clustering:Redis"),
            FailureDetection = reader.Duration(
                "Clustering:FailureDetection", TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5)),
        };
    }
}
