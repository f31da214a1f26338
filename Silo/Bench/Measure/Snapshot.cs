using System.Diagnostics;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Measure;

/// <summary>Every total at one moment.</summary>
/// <param name="At">A <see cref="Stopwatch"/> timestamp.</param>
/// <param name="Sent">Records sent.</param>
/// <param name="State">The silo's totals.</param>
/// <param name="Processor">Processor time of each part.</param>
/// <param name="MachineProcessor">Processor time of everything on this machine; null when it cannot be told.</param>
internal sealed record Snapshot(long At, long Sent, BenchState State, PerPart<TimeSpan?> Processor, TimeSpan? MachineProcessor)
{
    /// <summary>Records sent and not applied.</summary>
    public long Lag => Math.Max(0, Sent - State.Applied);

    /// <summary>Records applied and not durable.</summary>
    public long Undurable => Math.Max(0, State.Applied - State.Durable);

    public static async Task<Snapshot> TakeAsync(BenchRig rig, CancellationToken cancellationToken)
    {
        // Sent is read first: lag is then never larger than it was.
        var sent = rig.Client.Sent;
        var state = await rig.Silos.ReadStateAsync(cancellationToken);
        return new(Stopwatch.GetTimestamp(), sent, state, Costs.Processor(rig), MachineMeter.Busy());
    }
}
