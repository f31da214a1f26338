using Analytics.Silo.Bench.Measure;

namespace Analytics.Silo.Bench.Report;

/// <summary>What a benchmark found; the JSON has these names in camelCase. A figure that the scenario does not have is null.</summary>
internal sealed record BenchReport
{
    public required string Scenario { get; init; }

    public required int Seed { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required Machine Machine { get; init; }

    public required string Store { get; init; }

    public required string Broker { get; init; }

    public required double TargetPerSecond { get; init; }

    public required double Seconds { get; init; }

    public required double WarmUpSeconds { get; init; }

    public required int Accounts { get; init; }

    public required int Merchants { get; init; }

    public required int Partitions { get; init; }

    public required int Silos { get; init; }

    /// <summary>Records sent per second while measuring, less what the lag grew by: applied, and never more than were offered.</summary>
    public double? SustainedPerSecond { get; init; }

    /// <summary>Records applied per second from a backlog, from the first to the last of it.</summary>
    public double? CatchUpPerSecond { get; init; }

    /// <summary>The same over the second half of the backlog, when the code is compiled and the busy accounts are loaded.</summary>
    public double? CatchUpSecondHalfPerSecond { get; init; }

    /// <summary>The same until all of the backlog is durable; null without a store.</summary>
    public double? CatchUpDurablePerSecond { get; init; }

    /// <summary>From the intended time of sending to applied in the grains, of every record sent while measuring, however late it came.</summary>
    public LatencyFigures? LatencyMs { get; init; }

    /// <summary>The same over the first ten seconds of load after the silo's start.</summary>
    public LatencyFigures? FirstTenSecondsMs { get; init; }

    /// <summary>From sending to seen in the answer of the API.</summary>
    public LatencyFigures? VisibleMs { get; init; }

    /// <summary>Duration of <c>GET /v1/accounts/{id}</c>, from its intended time.</summary>
    public LatencyFigures? LiveReadMs { get; init; }

    public required long Lost { get; init; }

    public required long Doubled { get; init; }

    public required Totals Totals { get; init; }

    /// <summary>Raw rows made durable per second while measuring.</summary>
    public double? StoreRowsPerSecond { get; init; }

    public PerPart<double?>? CpuSecondsPerMillion { get; init; }

    public PerPart<double?>? PeakMemoryMebibytes { get; init; }

    /// <summary>How many processors others kept busy while measuring: with much of it, the figures say little.</summary>
    public double? ProcessorsOfOthers { get; init; }

    public GcFigures? Gc { get; init; }

    /// <summary>By the silo, everything in it included.</summary>
    public double? AllocatedBytesPerTransaction { get; init; }

    public long? LargestLag { get; init; }

    /// <summary>How far the generator itself was behind at most.</summary>
    public double? GeneratorLateMs { get; init; }

    /// <summary>Live reads that failed, and probes that never became visible.</summary>
    public long FailedReads { get; init; }

    /// <summary>The tries of a search.</summary>
    public IReadOnlyList<RateTry>? Tries { get; init; }

    public IReadOnlyList<TimePoint> LagOverTime { get; init; } = [];

    /// <summary>What makes this run a failure; empty for a good one.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    public bool Passed => Problems.Count == 0;
}

/// <summary>One try of a search.</summary>
internal sealed record RateTry(double PerSecond, bool Sustained, double AppliedPerSecond, long LagAtStart, long LagAtEnd, double? P95Ms, string? Why);
