namespace Analytics.Tests.Simulation.Processes;

/// <summary>What a fault run does under its load.</summary>
internal enum FaultScenario
{
    /// <summary>Faults of all kinds, drawn from the seed.</summary>
    Random,

    /// <summary>One silo of several is killed and comes back at another address, again and again; the others take over in time.</summary>
    Takeover,

    /// <summary>One silo after the other is stopped with SIGTERM and started again; no partition stands still for long.</summary>
    Rolling,

    /// <summary>PostgreSQL is away for minutes; memory stays bounded, and live reads go on.</summary>
    Outage,

    /// <summary>A short one of <see cref="Takeover"/> and <see cref="Rolling"/>, then <see cref="Random"/>.</summary>
    Mixed,
}
