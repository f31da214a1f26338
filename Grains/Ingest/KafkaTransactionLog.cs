using System.Text;
using Analytics.Hosting;
using Analytics.Transactions;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Streaming.Kafka;

namespace Analytics.Ingest;

/// <summary>Appends transactions to the Kafka topic.</summary>
internal sealed class KafkaTransactionLog(
    [FromKeyedServices(AnalyticsStreams.Provider)] IKafkaPublisher publisher, IOptions<AnalyticsOptions> options) : ITransactionLog
{
    // A caller that waits longer has given up by itself and learned nothing.
    private static readonly TimeSpan AcknowledgementTimeout = TimeSpan.FromSeconds(10);

    public async Task AppendAsync(IReadOnlyList<CardTransaction> transactions, CancellationToken cancellationToken)
    {
        try
        {
            var published = Task.WhenAll(transactions.Select(t => publisher.PublishAsync(
                options.Value.Topic, Encoding.UTF8.GetBytes(t.AccountId), t.ToMessage().ToByteArray(), null, cancellationToken)));
            await published.WaitAsync(AcknowledgementTimeout, cancellationToken);
        }
        catch (Exception exception) when (exception is KafkaPublishException or TimeoutException)
        {
            throw new TransactionLogUnavailableException(
                $"The topic '{options.Value.Topic}' did not acknowledge {transactions.Count} transaction(s).", exception);
        }
    }
}
