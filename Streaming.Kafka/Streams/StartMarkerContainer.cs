using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// What a cursor shows first when it was asked for a place before a record. Orleans takes a token for an event that the subscriber has
/// processed and steps over the first container that has it; this one has no events, so nothing is lost. Delivered, it does nothing.
/// </summary>
[GenerateSerializer, Immutable]
internal sealed class StartMarkerContainer(StreamId streamId, StreamSequenceToken token) : IBatchContainer
{
    [Id(0)] public StreamId StreamId { get; } = streamId;

    [Id(1)] public StreamSequenceToken SequenceToken { get; } = token;

    public IEnumerable<Tuple<TEvent, StreamSequenceToken>> GetEvents<TEvent>() => [];

    public bool ImportRequestContext() => false;
}
