using Analytics.Silo.Traffic;

namespace Analytics.Silo.Bench;

/// <summary>One benchmark, every default filled in.</summary>
internal sealed record BenchOptions
{
    public required Scenario Scenario { get; init; }

    /// <summary>Transactions per second; what the search begins with in <see cref="Scenario.Max"/>.</summary>
    public required double PerSecond { get; init; }

    /// <summary>How long is measured; of one try in <see cref="Scenario.Max"/>.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long load runs before that; the first ten seconds of it are reported by themselves.</summary>
    public required TimeSpan WarmUp { get; init; }

    public required int Accounts { get; init; }

    public required int Merchants { get; init; }

    public required int Partitions { get; init; }

    /// <summary>Silos that share the work, each in a process of its own; more than one are a cluster.</summary>
    public required int Silos { get; init; }

    public required int Seed { get; init; }

    /// <summary>Live reads per second while transactions arrive.</summary>
    public required double ReadsPerSecond { get; init; }

    /// <summary>Transactions in the log before the silo starts, in <see cref="Scenario.CatchUp"/>.</summary>
    public required int Backlog { get; init; }

    /// <summary>Whether the silo keeps nothing, so that only the protocol is measured.</summary>
    public required bool ComputeOnly { get; init; }

    /// <summary>The CSV file of <see cref="Scenario.Replay"/>.</summary>
    public required string? Input { get; init; }

    /// <summary>Which event time the file's transactions get.</summary>
    public required EventTime EventTime { get; init; }

    /// <summary>Where the report goes as JSON; null for nowhere.</summary>
    public required string? JsonFile { get; init; }
}
