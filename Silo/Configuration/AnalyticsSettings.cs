using StackExchange.Redis;

namespace Analytics.Silo.Configuration;

/// <summary>Every setting, read and checked once at start. Keys are those of DESIGN.md; appsettings.json describes them.</summary>
internal sealed record AnalyticsSettings
{
    public required IReadOnlyList<ListenUrl> Urls { get; init; }

    public required KafkaSettings Kafka { get; init; }

    public required StorageSettings Storage { get; init; }

    public required OrleansSettings Orleans { get; init; }

    /// <summary>StackExchange.Redis' connection string for a history cache; null for none.</summary>
    public required string? CacheRedis { get; init; }

    public required TimeSpan AllowedLateness { get; init; }

    public required TimeSpan CheckpointInterval { get; init; }

    /// <summary>Whether the Orleans dashboard times every grain call.</summary>
    public required bool ProfileCalls { get; init; }

    /// <summary>For how long generated traffic runs through a silo of its own before this one starts; zero for none.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>How long a stop may take before it is cut short.</summary>
    public required TimeSpan ShutdownTimeout { get; init; }

    /// <summary>Reads and checks all of it.</summary>
    /// <exception cref="SettingException">The first setting that is wrong.</exception>
    public static AnalyticsSettings Read(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        reader.RejectUnknown("Windows", "AllowedLateness");
        reader.RejectUnknown("Checkpoint", "Interval");
        reader.RejectUnknown("Cache", "Redis");
        reader.RejectUnknown("Shutdown", "Timeout");
        reader.RejectUnknown("Dashboard", "ProfileCalls");
        reader.RejectUnknown("WarmUp", "Duration");
        var settings = new AnalyticsSettings
        {
            Urls = ListenUrl.ParseAll(reader.Value("Urls") ?? ListenUrl.Default),
            Kafka = KafkaSettings.Read(reader),
            Storage = StorageSettings.Read(reader),
            Orleans = OrleansSettings.Read(reader),
            CacheRedis = CheckedRedis(reader, "Cache:Redis"),
            AllowedLateness = reader.Duration("Windows:AllowedLateness", TimeSpan.FromHours(24), TimeSpan.Zero, TimeSpan.FromDays(7)),
            CheckpointInterval = reader.Duration(
                "Checkpoint:Interval", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1)),
            ProfileCalls = reader.Boolean("Dashboard:ProfileCalls", false),
            WarmUp = reader.Duration("WarmUp:Duration", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            ShutdownTimeout = reader.Duration("Shutdown:Timeout", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        };

        // An embedded broker in every silo would be as many logs of record.
        return settings.Orleans.ClusteringRedis is not null && settings.Kafka.BootstrapServers is null
            ? throw new SettingException("Kafka:BootstrapServers", "is missing; the silos of a cluster (Clustering:Redis) must share a broker.")
            : settings;
    }

    /// <summary>A Redis connection string that can be parsed, or null.</summary>
    internal static string? CheckedRedis(SettingReader reader, string key)
    {
        if (reader.Text(key) is not { } text)
        {
            return null;
        }

        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count > 0 ? text : throw new SettingException(key, "names no host; write host:port.");
        }
        catch (ArgumentException exception)
        {
            throw new SettingException(key, $"is no Redis connection string: {exception.Message}", exception);
        }
    }
}
