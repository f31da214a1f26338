namespace Orleans.Streaming.Kafka;

/// <summary>
/// Tells the provider where a partition's reading starts when the application keeps its positions itself (a database written in the same
/// transaction as the results). Registered as a keyed service under the provider's name; without one, reading starts at the consumer
/// group's committed offset.
/// </summary>
public interface IKafkaStartPositions
{
    /// <summary>The source's epoch, for every token the provider makes. Asked once, at start.</summary>
    ValueTask<long> GetEpochAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What <see cref="GetStartOffsetAsync"/> answers for "from the log's start, wherever retention has moved it": an application that keeps
    /// its positions and has none must not trust the group's committed offset, which outlives the application's database.
    /// </summary>
    const long LogStart = -1;

    /// <summary>
    /// The first offset to read, <see cref="LogStart"/>, or null to leave it to the group's committed offset, else the log's start.
    /// An offset outside the log is an error, never a silent reset. Exceptions are retried until the silo stops.
    /// </summary>
    ValueTask<long?> GetStartOffsetAsync(int partition, CancellationToken cancellationToken);
}
