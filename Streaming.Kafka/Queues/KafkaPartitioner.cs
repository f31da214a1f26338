using System.Buffers.Binary;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// Which partition Kafka's default partitioner puts a key into: Murmur2 over the key's bytes, the sign dropped, modulo the number of
/// partitions (<c>org.apache.kafka.clients.producer.internals.BuiltInPartitioner</c>; librdkafka calls it <c>murmur2</c>).
/// </summary>
public static class KafkaPartitioner
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    /// <summary>The partition of a key that is not null.</summary>
    /// <param name="key">The key's bytes; may be empty.</param>
    /// <param name="partitions">Number of the topic's partitions, at least 1.</param>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        return (int)(Murmur2(key) & int.MaxValue) % partitions;
    }

    /// <summary>Austin Appleby's MurmurHash2 with Kafka's seed.</summary>
    internal static uint Murmur2(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        while (data.Length >= sizeof(uint))
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            word = (word ^ (word >> 24)) * Multiplier;
            hash = (hash * Multiplier) ^ word;
            data = data[sizeof(uint)..];
        }
        for (var i = data.Length - 1; i >= 0; i--) hash ^= (uint)data[i] << (8 * i);
        if (data.Length > 0) hash *= Multiplier;
        hash = (hash ^ (hash >> 13)) * Multiplier;
        return hash ^ (hash >> 15);
    }
}
