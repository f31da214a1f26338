namespace Analytics.Tests.Simulation.Processes;

/// <summary>What a fault run is made of.</summary>
internal sealed record FaultOptions
{
    public required int Seed { get; init; }

    /// <summary>For how long faults happen; the calm and the checks come after it.</summary>
    public required TimeSpan Duration { get; init; }

    public FaultScenario Scenario { get; init; } = FaultScenario.Random;

    /// <summary>For how long PostgreSQL is away in <see cref="FaultScenario.Outage"/>.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(180);

    public FaultStore Store { get; init; } = FaultStore.Timescale;

    /// <summary>1 with <see cref="FaultStore.Sqlite"/>.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>Records a second, bad ones and duplicates included.</summary>
    public int Rate { get; init; } = 300;

    /// <summary>
    /// Partitions of the topic, once all have been added. The broker keeps 5 MB and 100,000 batches of each: the rate on one partition decides
    /// for how long a partition may stand still before its log is lost.
    /// </summary>
    public int Partitions { get; init; } = 6;

    public int Accounts { get; init; } = 2_000;

    public int Merchants { get; init; } = 200;

    /// <summary>Kinds to draw from; all when empty.</summary>
    public IReadOnlySet<FaultKind> Only { get; init; } = new HashSet<FaultKind>();

    /// <summary>Short, so that many commits and checkpoints are there to be hit.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Short, so that silos ask for added partitions several times before the next fault.</summary>
    public TimeSpan PartitionRefreshInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Within the default of Shutdown:Timeout, 30 s, a silo has to have stopped.</summary>
    public TimeSpan StopDeadline { get; init; } = TimeSpan.FromSeconds(35);

    public TimeSpan AllowedLateness { get; init; } = TimeSpan.FromHours(1);
}
