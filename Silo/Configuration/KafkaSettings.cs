using Confluent.Kafka;

namespace Analytics.Silo.Configuration;

/// <summary>The log of record.</summary>
internal sealed record KafkaSettings
{
    /// <summary>Comma-separated <c>host:port</c> list; null for the embedded broker.</summary>
    public required string? BootstrapServers { get; init; }

    public required string Topic { get; init; }

    /// <summary>Where records go that are not accepted.</summary>
    public string DeadLetterTopic => Topic + ".dlq";

    /// <summary>Where alerts go.</summary>
    public string AlertTopic => "alerts";

    public required string ConsumerGroup { get; init; }

    /// <summary>Raised when the topic was created anew on purpose: its offsets start over.</summary>
    public required long Epoch { get; init; }

    /// <summary>How often a silo asks whether the topic was given more partitions.</summary>
    public required TimeSpan PartitionRefreshInterval { get; init; }

    /// <summary>Passed on to librdkafka.</summary>
    public required IReadOnlyDictionary<string, string> Client { get; init; }

    public static KafkaSettings Read(SettingReader reader)
    {
        reader.RejectUnknown("Kafka", "BootstrapServers", "Topic", "ConsumerGroup", "Epoch", "PartitionRefreshInterval", "Client");
        var settings = new KafkaSettings
        {
            BootstrapServers = CheckedServers(reader.Text("Kafka:BootstrapServers")),
            Topic = CheckedTopic(reader.Value("Kafka:Topic") ?? "transactions"),
            ConsumerGroup = reader.Value("Kafka:ConsumerGroup") ?? "orleans-analytics",
            Epoch = reader.Integer("Kafka:Epoch", 0, long.MaxValue) ?? 1,
            PartitionRefreshInterval = reader.Duration(
                "Kafka:PartitionRefreshInterval", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
            Client = reader.Leaves("Kafka:Client"),
        };
        CheckClient(settings.Client);
        return settings;
    }

    /// <summary>Also checks what a command-line option says.</summary>
    internal static string? CheckedServers(string? text)
    {
        foreach (var server in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = server.LastIndexOf(':');
            if (colon < 1 || !ushort.TryParse(server[(colon + 1)..], out var port) || port == 0)
            {
                throw new SettingException("Kafka:BootstrapServers", $"'{server}' is not host:port.");
            }
        }

        return text;
    }

    // Kafka's own rule (Topic.java): 249 characters, leaving room for ".dlq".
    private static string CheckedTopic(string topic) =>
        topic.Length <= 245 && topic is not "." and not ".." && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? topic
            : throw new SettingException("Kafka:Topic", $"'{topic}' is no topic name: at most 245 letters, digits, '.', '_' and '-'.");

    // librdkafka itself knows its keys and values best; a consumer that is never subscribed makes no connection worth the name.
    private static void CheckClient(IReadOnlyDictionary<string, string> client)
    {
        foreach (var (key, value) in client)
        {
            try
            {
                using var probe = new ConsumerBuilder<Ignore, Ignore>(
                        new Dictionary<string, string> { ["group.id"] = "probe", [key] = value })
                    .SetLogHandler((_, _) => { })
                    .SetErrorHandler((_, _) => { })
                    .Build();
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or KafkaException)
            {
                if (IsAboutItself(exception.Message, key))
                {
                    throw new SettingException($"Kafka:Client:{key}", exception.Message.TrimEnd('.') + ".", exception);
                }
            }
        }
    }

    // A valid key may want another one beside it (a certificate and its key); those are checked together by the provider at start.
    private static bool IsAboutItself(string message, string key) =>
        message.Contains("No such configuration property", StringComparison.Ordinal)
        || message.Contains("Invalid value", StringComparison.Ordinal)
        || message.Contains("out of range", StringComparison.Ordinal)
        || message.Contains("range", StringComparison.Ordinal) && message.Contains(key, StringComparison.Ordinal);
}
