namespace Analytics.Tests.Simulation.Processes;

/// <summary>One step of a fault schedule.</summary>
/// <param name="Gap">Time from the step before it.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Target">Which silo, modulo how many there are; where that one is down, the next that runs.</param>
/// <param name="Length">How long the fault lasts: a process stays down, the broker stays slow.</param>
/// <param name="SamePort">Whether a silo comes back at its old address, where Orleans knows at once that the former one is dead.</param>
/// <param name="Variant">Chooses among the forms of a kind.</param>
/// <param name="Partitions">How many the topic has from then on; 0 but for <see cref="FaultKind.PartitionsAdded"/>.</param>
internal sealed record Fault(TimeSpan Gap, FaultKind Kind, int Target, TimeSpan Length, bool SamePort, int Variant, int Partitions)
{
    public override string ToString() =>
        $"+{Gap.TotalSeconds:F2} s {Kind} target {Target} for {Length.TotalSeconds:F2} s{(SamePort ? " same port" : "")} variant {Variant}"
        + (Partitions > 0 ? $", {Partitions} partitions" : "");
}
