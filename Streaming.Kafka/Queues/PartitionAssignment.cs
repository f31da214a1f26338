namespace Orleans.Streaming.Kafka;

/// <summary>
/// Spreads partitions over silos by rendezvous hashing with a bound: each partition goes to the silo that likes it best and still has
/// room, so numbers differ by at most one and a change of the cluster moves few. Every silo computes the same answer from the same members.
/// </summary>
internal static class PartitionAssignment
{
    /// <param name="partitions">Number of partitions.</param>
    /// <param name="silos">A stable hash of each silo, in an order that all silos agree on; at least one.</param>
    /// <returns>For each partition, the index of its silo.</returns>
    public static int[] Compute(int partitions, ReadOnlySpan<int> silos)
    {
        var (least, larger) = Math.DivRem(partitions, silos.Length);
        var counts = new int[silos.Length];
        var owners = new int[partitions];
        for (var partition = 0; partition < partitions; partition++)
        {
            var best = -1;
            ulong bestScore = 0;
            for (var silo = 0; silo < silos.Length; silo++)
            {
                // A silo may hold one more than the even share only as often as the division has a remainder.
                if (counts[silo] > least || (counts[silo] == least && larger == 0)) continue;
                var score = Mix(((ulong)(uint)silos[silo] << 32) | (uint)partition);
                if (best >= 0 && score <= bestScore) continue;
                best = silo;
                bestScore = score;
            }
            if (counts[best]++ == least) larger--;
            owners[partition] = best;
        }
        return owners;
    }

    /// <summary>SplitMix64's finalizer.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
