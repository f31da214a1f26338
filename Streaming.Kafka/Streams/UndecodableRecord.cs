namespace Orleans.Streaming.Kafka;

/// <summary>A record whose decoder threw, with its bytes untouched.</summary>
/// <param name="Key">The key's bytes; null when the record has no key.</param>
/// <param name="Value">The value's bytes; null when the record has no value.</param>
/// <param name="Reason">The decoder's exception message.</param>
[GenerateSerializer, Immutable]
public sealed record UndecodableRecord(
    [property: Id(0)] byte[]? Key,
    [property: Id(1)] byte[]? Value,
    [property: Id(2)] string Reason);
