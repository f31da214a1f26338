using Analytics.Silo.Configuration;

namespace Analytics.Silo.Redrive;

/// <summary>Which dead letters to send again.</summary>
/// <param name="Kafka">The cluster; its bootstrap servers are set.</param>
/// <param name="Reason">Only letters of this reason; null for all.</param>
/// <param name="Limit">At most so many letters; null for all that are there when the run begins.</param>
internal sealed record RedriveOptions(KafkaSettings Kafka, string? Reason, long? Limit);
