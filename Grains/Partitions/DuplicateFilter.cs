using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Analytics.Transactions;

namespace Analytics.Partitions;

/// <summary>
/// The transaction ids a partition accepted lately. Pure, and decided by the log alone: an id is known while it is among the last
/// <paramref name="limit"/> accepted and its log time is at most the horizon before the largest one seen. A wall clock would decide
/// differently when the same records are read again after a crash, and a record once dropped would then be counted.
/// </summary>
/// <remarks>
/// Ids are kept as 128-bit hashes under a random seed: half the memory of the strings, and no producer can make two ids collide on purpose.
/// </remarks>
internal sealed class DuplicateFilter(TimeSpan horizon, int limit)
{
    // Every store can hold it; a timestamp is any 64-bit number that a producer likes.
    private static readonly long MaxTimestampMs = new DateTimeOffset(2200, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly long _horizonMicros = (long)horizon.TotalMicroseconds;
    private readonly long _seed = MemoryMarshal.Read<long>(RandomNumberGenerator.GetBytes(sizeof(long)));
    private readonly Dictionary<UInt128, long> _loggedAtMicros = [];
    private readonly Queue<(UInt128 Id, long LoggedAtMicros)> _order = new();
    private long _newestMicros;

    /// <summary>The largest log time accepted, microseconds since the Unix epoch; 0 before the first.</summary>
    public long NewestMicros => _newestMicros;

    /// <summary>
    /// The log time of a record, microseconds since the Unix epoch, from the timestamp that its producer chose: never earlier than the newest
    /// one, and at most half a horizon later. A producer whose clock is wrong could otherwise make the filter forget everything, for good.
    /// </summary>
    /// <param name="timestampMs">The record's Kafka timestamp, milliseconds since the Unix epoch; negative when it has none.</param>
    public long LogTime(long timestampMs)
    {
        var micros = Math.Clamp(timestampMs, 0, MaxTimestampMs) * UnixMicros.PerMillisecond;
        return _newestMicros == 0 ? micros : Math.Clamp(micros, _newestMicros, _newestMicros + (_horizonMicros / 2));
    }

    /// <summary>Ids kept now.</summary>
    public int Count => _loggedAtMicros.Count;

    /// <summary>Whether the id was accepted within the horizon; if not, it is from now on.</summary>
    /// <param name="transactionId">The idempotency key.</param>
    /// <param name="loggedAtMicros">The record's log time, microseconds since the Unix epoch.</param>
    public bool IsDuplicate(string transactionId, long loggedAtMicros)
    {
        var id = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(transactionId.AsSpan()), _seed);
        var newest = Math.Max(_newestMicros, loggedAtMicros);
        if (_loggedAtMicros.TryGetValue(id, out var before) && before >= newest - _horizonMicros)
        {
            return true;
        }

        Add(id, loggedAtMicros, newest);
        return false;
    }

    /// <summary>Takes an id that was accepted before a restart; to be called in the order of acceptance.</summary>
    public void Restore(string transactionId, long loggedAtMicros) =>
        Add(
            XxHash128.HashToUInt128(MemoryMarshal.AsBytes(transactionId.AsSpan()), _seed),
            loggedAtMicros,
            Math.Max(_newestMicros, loggedAtMicros));

    private void Add(UInt128 id, long loggedAtMicros, long newestMicros)
    {
        _newestMicros = newestMicros;
        _loggedAtMicros[id] = loggedAtMicros;
        _order.Enqueue((id, loggedAtMicros));
        while (_order.Count > limit || (_order.TryPeek(out var oldest) && oldest.LoggedAtMicros < newestMicros - _horizonMicros))
        {
            var removed = _order.Dequeue();

            // The id may have been accepted again since: then its newer entry stays.
            if (_loggedAtMicros.TryGetValue(removed.Id, out var kept) && kept == removed.LoggedAtMicros)
            {
                _loggedAtMicros.Remove(removed.Id);
            }
        }
    }
}
