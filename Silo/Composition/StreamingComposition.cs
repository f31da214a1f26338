using Analytics.Hosting;
using Analytics.Ingest;
using Analytics.Silo.Configuration;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Silo.Composition;

/// <summary>The Kafka stream provider, the grains that read it, and the embedded broker.</summary>
internal static class StreamingComposition
{
    /// <summary>Partitions of the embedded broker's topic of transactions.</summary>
    public const int EmbeddedPartitions = 4;

    public static EmbeddedKafkaBroker StartEmbeddedBroker(KafkaSettings settings, int partitions) =>
        new((settings.Topic, partitions), (settings.DeadLetterTopic, 1), (settings.AlertTopic, 1));

    public static ISiloBuilder AddAnalytics(this ISiloBuilder silo, AnalyticsSettings settings, string bootstrapServers, SourceEpoch epoch)
    {
        silo.AddKafkaStreams<IngestedRecord, TransactionDecoder>(AnalyticsStreams.Provider, options =>
        {
            options.BootstrapServers = bootstrapServers;
            options.Topic = settings.Kafka.Topic;
            options.StreamNamespace = AnalyticsStreams.TransactionsNamespace;
            options.ConsumerGroup = settings.Kafka.ConsumerGroup;
            options.CommitMode = Orleans.Streaming.Kafka.KafkaCommitMode.Explicit;
            options.PartitionRefreshInterval = settings.Kafka.PartitionRefreshInterval;
            foreach (var (key, value) in settings.Kafka.Client)
            {
                options.Client[key] = value;
            }
        });
        return silo.AddAnalyticsGrains(options =>
        {
            options.Epoch = epoch.Value;
            options.Topic = settings.Kafka.Topic;
            options.DeadLetterTopic = settings.Kafka.DeadLetterTopic;
            options.AllowedLateness = settings.AllowedLateness;
            options.CheckpointInterval = settings.CheckpointInterval;
        });
    }
}
