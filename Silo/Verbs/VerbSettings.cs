using Analytics.Silo.Configuration;

namespace Analytics.Silo.Verbs;

/// <summary>The settings of the command line; files and environment are read only when a verb asks.</summary>
internal sealed class VerbSettings(IReadOnlyList<KeyValuePair<string, string?>> arguments)
{
    /// <exception cref="SettingException">A file cannot be read.</exception>
    public IConfigurationRoot Load() => SettingSources.Load(arguments);

    /// <summary>The broker that a traffic verb sends to.</summary>
    /// <param name="option">What <c>--bootstrap-servers</c> says; null when absent.</param>
    /// <exception cref="SettingException">Neither the option nor the setting names one, or Kafka's settings are wrong.</exception>
    public KafkaSettings LoadKafka(string? option)
    {
        var kafka = KafkaSettings.Read(new(Load()));
        var servers = KafkaSettings.CheckedServers(option) ?? kafka.BootstrapServers
            ?? throw new SettingException("Kafka:BootstrapServers", "is missing; name the broker that serve or broker printed: --bootstrap-servers 127.0.0.1:PORT.");
        return kafka with { BootstrapServers = servers };
    }
}
