using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Grains;

/// <summary>The real publisher, which can be kept from getting any acknowledgement.</summary>
internal sealed class GatedPublisher(IKafkaPublisher publisher) : IKafkaPublisher
{
    private int _refused;
    private int _acknowledged;

    public bool IsAway { get; set; }

    public int Refused => Volatile.Read(ref _refused);

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public async Task PublishAsync(
        string topic,
        byte[]? key,
        byte[]? value,
        IReadOnlyList<KeyValuePair<string, byte[]>>? headers,
        CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            Interlocked.Increment(ref _refused);
            throw new KafkaPublishException("The topic was taken away by the test.", null);
        }

        await publisher.PublishAsync(topic, key, value, headers, cancellationToken);
        Interlocked.Increment(ref _acknowledged);
    }
}
