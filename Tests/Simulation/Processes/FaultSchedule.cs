namespace Analytics.Tests.Simulation.Processes;

/// <summary>Draws faults from a seed: each kind once in random order, then kinds by weight, without end.</summary>
internal static class FaultSchedule
{
    private static readonly (FaultKind Kind, int Weight, int MinMs, int MaxMs, bool IsForCluster)[] Kinds =
    [
        (FaultKind.SiloKilled, 10, 0, 3_000, false),
        (FaultKind.AllSilosKilled, 3, 0, 2_000, true),
        (FaultKind.SiloFrozen, 1, 500, 4_000, true),
        (FaultKind.SiloRestarted, 3, 0, 3_000, false),
        (FaultKind.StoreKilled, 1, 0, 4_000, true),
        (FaultKind.MembershipKilled, 1, 0, 4_000, true),
        (FaultKind.BrokerErrors, 1, 0, 1_000, false),
        (FaultKind.BrokerSlow, 1, 500, 3_000, false),
        (FaultKind.BrokerDown, 1, 200, 3_000, false),
    ];

    /// <summary>The faults of a seed, the same ones at each call.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="store">SQLite has neither a cluster nor servers to kill.</param>
    /// <param name="only">Kinds to draw from; all when empty.</param>
    public static IEnumerable<Fault> Draw(int seed, FaultStore store, IReadOnlySet<FaultKind> only)
    {
        var random = new Random(seed);
        var kinds = Kinds.Where(k => (store == FaultStore.Timescale || !k.IsForCluster) && (only.Count == 0 || only.Contains(k.Kind))).ToArray();
        var first = kinds.Select(k => k.Kind).ToArray();
        random.Shuffle(first);
        foreach (var kind in first)
        {
            yield return One(kind);
        }

        while (true)
        {
            var point = random.Next(kinds.Sum(k => k.Weight));
            yield return One(kinds.First(k => (point -= k.Weight) < 0).Kind);
        }

        Fault One(FaultKind kind)
        {
            var (_, _, min, max, _) = kinds.First(k => k.Kind == kind);

            // Short gaps put a fault into the recovery from the one before; long ones let everything run warm.
            var gap = random.Next(3) == 0 ? random.Next(50, 1_000) : random.Next(1_000, 6_000);
            return new(
                TimeSpan.FromMilliseconds(gap), kind, random.Next(1_000), TimeSpan.FromMilliseconds(random.Next(min, max)), random.Next(3) == 0, random.Next(1_000));
        }
    }
}
