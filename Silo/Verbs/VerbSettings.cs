using Analytics.Silo.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace Analytics.Silo.Verbs;

/// <summary>The settings of the command line; files and environment are read only when a verb asks.</summary>
internal sealed class VerbSettings(IReadOnlyList<KeyValuePair<string, string?>> arguments)
{
    /// <summary>Where a demo keeps what it shows, relative to the working directory.</summary>
    public const string DemoFile = "data/demo.db";

    /// <summary>The settings of the command line, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Arguments => arguments;

    /// <exception cref="SettingException">A file cannot be read.</exception>
    public IConfigurationRoot Load() => SettingSources.Load(arguments);

    /// <summary>
    /// The settings of <c>demo</c>: unless a store is named, an SQLite file of its own, so that each demo starts with nothing.
    /// </summary>
    /// <returns>The settings, and the full path of the demo's own file; null when a store is named.</returns>
    /// <exception cref="SettingException">A file cannot be read.</exception>
    public (IConfiguration Settings, string? OwnFile) LoadDemo()
    {
        var settings = Load();
        if (IsNamed(settings, "Storage:Path", StorageSettings.DefaultPath) || IsNamed(settings, "Storage:Provider", nameof(StorageProvider.Sqlite)))
        {
            return (settings, null);
        }

        var file = Path.GetFullPath(DemoFile);
        return (new ConfigurationBuilder().AddConfiguration(settings).AddInMemoryCollection([new("Storage:Path", file)]).Build(), file);
    }

    // appsettings.json only documents the defaults; anything else was written by somebody who wants it.
    private static bool IsNamed(IConfigurationRoot settings, string key, string fallback) => settings.Providers.Any(
        provider => provider.TryGet(key, out var value) && !(provider is JsonConfigurationProvider && value == fallback));

    /// <summary>The broker that a traffic verb sends to.</summary>
    /// <param name="option">What <c>--bootstrap-servers</c> says; null when absent.</param>
    /// <exception cref="SettingException">Neither the option nor the setting names one, or Kafka's settings are wrong.</exception>
    public KafkaSettings LoadKafka(string? option)
    {
        var kafka = KafkaSettings.Read(new(Load()));
        var servers = KafkaSettings.CheckedServers(option) ?? kafka.BootstrapServers
            ?? throw new SettingException("Kafka:BootstrapServers", "is missing; name the broker that serve, demo or broker printed: --bootstrap-servers 127.0.0.1:PORT.");
        return kafka with { BootstrapServers = servers };
    }
}
