namespace Analytics.Tests.Simulation.Processes;

/// <summary>What has to become of one record of the log.</summary>
/// <param name="Outcome">Accepted or not.</param>
/// <param name="Identity">A hash of the transaction's id; of key and value where the record is rejected.</param>
/// <param name="Reason">Why it is rejected.</param>
internal readonly record struct Verdict(Outcome Outcome, UInt128 Identity, string? Reason);
