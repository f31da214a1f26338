using Orleans.Runtime;

namespace Orleans.Streaming.Kafka;

/// <summary>Stops the start of a silo with the name of the option that is wrong.</summary>
internal sealed class KafkaStreamOptionsValidator(string name, KafkaStreamOptions options) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        if (string.IsNullOrWhiteSpace(options.BootstrapServers))
            throw Wrong(nameof(options.BootstrapServers), "is empty; give it as host:port,host:port");
        if (string.IsNullOrWhiteSpace(options.Topic)) throw Wrong(nameof(options.Topic), "is empty; name the topic to read");
        if (string.IsNullOrWhiteSpace(options.ConsumerGroup))
            throw Wrong(nameof(options.ConsumerGroup), "is empty; name the group whose committed offsets lag tools read");
        if (!Enum.IsDefined(options.CommitMode)) throw Wrong(nameof(options.CommitMode), $"is {(int)options.CommitMode}, which means nothing");
        Range(nameof(options.MaxBatchRecords), options.MaxBatchRecords, 1, 100_000);
        Range(nameof(options.MaxBufferedRecords), options.MaxBufferedRecords, options.MaxBatchRecords, 10_000_000);
        Range(nameof(options.MaxCachedBatches), options.MaxCachedBatches, 1, 10_000);
        Range(nameof(options.MinReadInterval), options.MinReadInterval, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Range(nameof(options.ReadWait), options.ReadWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(30));
        Range(nameof(options.MetadataTimeout), options.MetadataTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(
            nameof(options.PartitionRefreshInterval), options.PartitionRefreshInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(nameof(options.MissingPartitionsPatience), options.MissingPartitionsPatience, TimeSpan.Zero, TimeSpan.FromHours(1));
        foreach (var key in options.Client.Keys)
        {
            if (KafkaClientConfig.Protected.TryGetValue(key, out var reason))
                throw Wrong($"{nameof(options.Client)}[\"{key}\"]", $"is not yours to set: {reason}");
        }
    }

    private void Range<T>(string option, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0) throw Wrong(option, $"is {value}; it must be {least} to {most}");
    }

    private OrleansConfigurationException Wrong(string option, string what) =>
        new($"Kafka streams \"{name}\": {nameof(KafkaStreamOptions)}.{option} {what}.");
}
