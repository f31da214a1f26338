using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// One <see cref="KafkaBatch{T}"/> on its way to subscribers. They may ask for the batch, for its records
/// (<see cref="KafkaRecord{T}"/>, the undecodable included) or for its decoded values (the undecodable are passed over; the consumer has
/// logged and counted them).
/// </summary>
[GenerateSerializer, Immutable]
internal sealed class KafkaBatchContainer<T>(StreamId streamId, KafkaBatch<T> batch) : IBatchContainer
{
    [Id(0)] public StreamId StreamId { get; } = streamId;

    [Id(1)] public KafkaBatch<T> Batch { get; } = batch;

    [Id(2)] public KafkaSequenceToken Token { get; } = KafkaSequenceToken.After(batch.Epoch, batch.LastOffset);

    /// <summary>Behind the last record; see <see cref="KafkaSequenceToken"/> for why not before the first.</summary>
    public StreamSequenceToken SequenceToken => Token;

    /// <exception cref="InvalidOperationException">The subscriber wants something that this stream does not carry.</exception>
    public IEnumerable<Tuple<TEvent, StreamSequenceToken>> GetEvents<TEvent>()
    {
        if (typeof(TEvent) == typeof(T)) return Values<TEvent>();
        if (typeof(TEvent) == typeof(KafkaRecord<T>)) return Records<TEvent>();
        if (Batch is TEvent whole) return [Tuple.Create<TEvent, StreamSequenceToken>(whole, Token)];
        // Answering with nothing would pass the records over in silence; an exception makes the delivery fail where it can be seen.
        throw new InvalidOperationException(
            $"Stream {StreamId} carries {typeof(KafkaBatch<T>)}, {typeof(KafkaRecord<T>)} or {typeof(T)}; the subscriber wants {typeof(TEvent)}.");
    }

    public bool ImportRequestContext() => false;

    /// <summary>The part from <paramref name="offset"/> on, which must lie within the batch.</summary>
    public KafkaBatchContainer<T> From(long offset)
    {
        var first = Array.FindIndex(Batch.Records, record => record.Offset >= offset);
        return new(StreamId, Batch with { ContinuesFromOffset = offset, Records = Batch.Records[first..] });
    }

    private IEnumerable<Tuple<TEvent, StreamSequenceToken>> Values<TEvent>()
    {
        foreach (var record in Batch.Records)
            if (record.Undecodable is null)
                yield return Tuple.Create((TEvent)(object)record.Value!, (StreamSequenceToken)new KafkaSequenceToken(Batch.Epoch, record.Offset));
    }

    private IEnumerable<Tuple<TEvent, StreamSequenceToken>> Records<TEvent>()
    {
        foreach (var record in Batch.Records)
            yield return Tuple.Create((TEvent)(object)record, (StreamSequenceToken)new KafkaSequenceToken(Batch.Epoch, record.Offset));
    }
}
