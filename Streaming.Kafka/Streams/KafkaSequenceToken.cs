using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// A record's place in its stream: epoch, then offset. As the token of a subscription it means "from this offset on, this one included".
/// </summary>
[GenerateSerializer, Immutable]
public sealed class KafkaSequenceToken : StreamSequenceToken, IComparable<KafkaSequenceToken>
{
    /// <param name="epoch">Grows when a source starts over; offsets compare only within an epoch. At least 0.</param>
    /// <param name="offset">Kafka offset.</param>
    public KafkaSequenceToken(long epoch, long offset)
    {
        Epoch = epoch;
        SequenceNumber = offset;
    }

    /// <summary>Grows when a source starts over (a topic was created anew); offsets compare only within an epoch.</summary>
    [Id(0)] public long Epoch { get; }

    /// <summary>Kafka offset.</summary>
    [Id(1)] public override long SequenceNumber { get; protected set; }

    /// <summary>Always 0: a record is one event.</summary>
    [Id(2)] public override int EventIndex { get; protected set; }

    public int CompareTo(KafkaSequenceToken? other) => CompareTo((StreamSequenceToken?)other);

    public override int CompareTo(StreamSequenceToken? other) => other switch
    {
        null => 1,
        KafkaSequenceToken token => (Epoch, SequenceNumber, EventIndex).CompareTo((token.Epoch, token.SequenceNumber, token.EventIndex)),
        _ => throw new ArgumentException($"A {other.GetType().Name} cannot be compared with a Kafka position.", nameof(other)),
    };

    public override bool Equals(StreamSequenceToken? other) => other is KafkaSequenceToken && CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is KafkaSequenceToken token && CompareTo(token) == 0;

    public override int GetHashCode() => HashCode.Combine(Epoch, SequenceNumber, EventIndex);

    public override string ToString() => $"{Epoch}@{SequenceNumber}";
}
