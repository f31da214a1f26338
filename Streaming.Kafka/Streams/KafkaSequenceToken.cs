using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// A place in a partition: epoch, then offset, then side. Made by its constructor it lies before a record: as the token of a subscription it
/// means "from this offset on, this one included". Made by <see cref="After"/> it lies after a record: everything up to that one is done.
/// </summary>
/// <remarks>
/// The two sides exist because Orleans asks a cache for a position with nothing but a token, and means two things by it: where a subscriber
/// wants to begin, and what a subscriber has finished. With the side in the token neither a record is skipped nor one delivered twice.
/// The token that comes with a <see cref="KafkaBatch{T}"/> lies after its last record; the token of a single value lies before it.
/// </remarks>
[GenerateSerializer, Immutable]
public sealed class KafkaSequenceToken : StreamSequenceToken, IComparable<KafkaSequenceToken>
{
    /// <param name="epoch">Grows when a source starts over; offsets compare only within an epoch. At least 0.</param>
    /// <param name="offset">Kafka offset of the first record meant.</param>
    public KafkaSequenceToken(long epoch, long offset)
        : this(epoch, offset, eventIndex: 0)
    {
    }

    private KafkaSequenceToken(long epoch, long offset, int eventIndex)
    {
        Epoch = epoch;
        SequenceNumber = offset;
        EventIndex = eventIndex;
    }

    /// <summary>
    /// The place before all records of an epoch: as the token of a subscription it means "from where the partition's reader began, whatever
    /// was delivered since". No token at all means "from the oldest batch that is still there".
    /// </summary>
    public static KafkaSequenceToken BeforeAll(long epoch) => new(epoch - 1, 0);

    /// <summary>The place behind the record at <paramref name="offset"/>.</summary>
    public static KafkaSequenceToken After(long epoch, long offset) => new(epoch, offset, eventIndex: 1);

    /// <summary>Grows when a source starts over (a topic was created anew); offsets compare only within an epoch.</summary>
    [Id(0)] public long Epoch { get; }

    /// <summary>Kafka offset.</summary>
    [Id(1)] public override long SequenceNumber { get; protected set; }

    /// <summary>0 before the record, 1 after it.</summary>
    [Id(2)] public override int EventIndex { get; protected set; }

    /// <summary>The first offset that is not behind this place.</summary>
    public long NextOffset => EventIndex == 0 ? SequenceNumber : SequenceNumber + 1;

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

    public override string ToString() => EventIndex == 0 ? $"{Epoch}@{SequenceNumber}" : $"{Epoch}@{SequenceNumber}+";
}
