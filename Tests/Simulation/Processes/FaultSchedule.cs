namespace Analytics.Tests.Simulation.Processes;

/// <summary>Draws faults from a seed: each kind once in random order, then kinds by weight, for as long as there are any.</summary>
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
        (FaultKind.PartitionsAdded, 3, 500, 6_000, false),
    ];

    /// <summary>
    /// How many partitions the topic has: at first, and after each <see cref="FaultKind.PartitionsAdded"/>, of which a run has one or two.
    /// The last is <see cref="FaultOptions.Partitions"/>.
    /// </summary>
    public static IReadOnlyList<int> Sizes(FaultOptions options)
    {
        var all = options.Partitions;
        if (all < 2 || options.Scenario is not (FaultScenario.Random or FaultScenario.Mixed) || !IsDrawn(FaultKind.PartitionsAdded, options))
        {
            return [all];
        }

        // At least a half, so that each silo has something to do before.
        var random = new Random(~options.Seed);
        var first = random.Next((all + 1) / 2, all);
        return first + 1 < all && random.Next(2) == 0 ? [first, random.Next(first + 1, all), all] : [first, all];
    }

    /// <summary>The faults of a run, the same ones at each call: its seed decides everything.</summary>
    public static IEnumerable<Fault> Draw(FaultOptions options)
    {
        var random = new Random(options.Seed);
        var sizes = new Queue<int>(Sizes(options).Skip(1));
        var kinds = Kinds.Where(k => IsPossible(k.Kind, k.IsForCluster)).ToArray();
        var first = kinds.Select(k => k.Kind).ToArray();
        random.Shuffle(first);
        foreach (var kind in first)
        {
            yield return One(kind);
        }

        while ((kinds = [.. kinds.Where(k => IsPossible(k.Kind, k.IsForCluster))]).Length > 0)
        {
            var point = random.Next(kinds.Sum(k => k.Weight));
            yield return One(kinds.First(k => (point -= k.Weight) < 0).Kind);
        }

        // SQLite has neither a cluster nor servers to kill.
        bool IsPossible(FaultKind kind, bool isForCluster) =>
            IsDrawn(kind, options)
            && (options.Store == FaultStore.Timescale || !isForCluster)
            && (kind != FaultKind.PartitionsAdded || sizes.Count > 0);

        Fault One(FaultKind kind)
        {
            var (_, _, min, max, _) = kinds.First(k => k.Kind == kind);

            // Short gaps put a fault into the recovery from the one before; long ones let everything run warm.
            var gap = random.Next(3) == 0 ? random.Next(50, 1_000) : random.Next(1_000, 6_000);
            return new(
                TimeSpan.FromMilliseconds(gap),
                kind,
                random.Next(1_000),
                TimeSpan.FromMilliseconds(random.Next(min, max)),
                random.Next(3) == 0,
                random.Next(1_000),
                kind == FaultKind.PartitionsAdded ? sizes.Dequeue() : 0);
        }
    }

    private static bool IsDrawn(FaultKind kind, FaultOptions options) => options.Only.Count == 0 || options.Only.Contains(kind);
}
