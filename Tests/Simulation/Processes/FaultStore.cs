namespace Analytics.Tests.Simulation.Processes;

/// <summary>What a fault run stores into.</summary>
internal enum FaultStore
{
    /// <summary>Several silos on Redis membership, with TimescaleDB.</summary>
    Timescale,

    /// <summary>One silo with a file.</summary>
    Sqlite,
}
