using System.Globalization;
using System.Text;
using Analytics.Hosting;
using Analytics.Ingest;
using Analytics.Telemetry;
using Analytics.Transactions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Streaming.Kafka;

namespace Analytics.Partitions;

/// <summary>Publishes rejected records: key and value as they were, and why in headers.</summary>
internal sealed class DeadLetterPublisher(
    [FromKeyedServices(AnalyticsStreams.Provider)] IKafkaPublisher publisher,
    IOptions<AnalyticsOptions> options,
    AnalyticsMetrics metrics,
    TimeProvider time)
{
    /// <summary>Completes when every one of them is acknowledged.</summary>
    /// <exception cref="KafkaPublishException">One was not; publishing all again is right, if not elegant: the topic is at-least-once.</exception>
    public async Task PublishAsync(
        int partition, IReadOnlyList<(long Offset, RejectedRecord Record)> rejected, CancellationToken cancellationToken)
    {
        await Task.WhenAll(rejected.Select(r => publisher.PublishAsync(
            options.Value.DeadLetterTopic, r.Record.Key, r.Record.Value, Headers(partition, r.Offset, r.Record.Rejection), cancellationToken)));
        foreach (var (_, record) in rejected)
        {
            metrics.DeadLettered(partition, record.Rejection.Reason);
        }
    }

    private KeyValuePair<string, byte[]>[] Headers(int partition, long offset, Rejection rejection) =>
    [
        Header("dl-reason", DeadLetterReasons.CodeOf(rejection.Reason)),
        Header("dl-detail", rejection.Detail),
        Header("dl-topic", options.Value.Topic),
        Header("dl-partition", partition.ToString(CultureInfo.InvariantCulture)),
        Header("dl-offset", offset.ToString(CultureInfo.InvariantCulture)),
        Header("dl-at", time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)),
    ];

    private static KeyValuePair<string, byte[]> Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
