namespace Analytics.Silo.Bench;

/// <summary>What a benchmark does; the names on the command line are these in lower kebab case.</summary>
internal enum Scenario
{
    /// <summary>A constant rate.</summary>
    Steady,

    /// <summary>Searches for the highest rate at which lag stays flat.</summary>
    Max,

    /// <summary>Fills the log, then starts the silo.</summary>
    CatchUp,

    /// <summary>A constant rate, for a few seconds ten times of it, then the first rate again.</summary>
    Spike,

    /// <summary>A constant rate that turns to accounts never seen before.</summary>
    Cold,

    /// <summary>A constant rate with 30 % of it on one merchant.</summary>
    Hot,

    /// <summary>A constant rate over 1,000,000 accounts, each of which was seen before.</summary>
    Million,

    /// <summary>A constant rate beside many live reads.</summary>
    Reads,

    /// <summary>A CSV file at a constant rate.</summary>
    Replay,
}
