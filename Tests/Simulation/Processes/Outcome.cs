namespace Analytics.Tests.Simulation.Processes;

/// <summary>What becomes of a record.</summary>
internal enum Outcome : byte
{
    /// <summary>Stored, and counted in windows.</summary>
    Accepted,

    /// <summary>Stored as late.</summary>
    Late,

    /// <summary>Counted and dropped.</summary>
    Duplicate,

    /// <summary>Published to the dead-letter topic.</summary>
    Rejected,
}
