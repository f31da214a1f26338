namespace Analytics.Silo.Bench.Processes;

/// <summary>What a part of the system has cost.</summary>
internal interface ICostMeter
{
    /// <summary>Processor time since its start; null when it cannot be told.</summary>
    TimeSpan? Processor { get; }

    /// <summary>The most memory it had resident at once so far, in bytes; null when it cannot be told.</summary>
    long? PeakBytes { get; }
}
