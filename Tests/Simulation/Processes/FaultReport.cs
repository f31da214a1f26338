using System.Globalization;
using System.Text;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>The table at the end of a run.</summary>
internal static class FaultReport
{
    public static string Write(FaultRun run, FaultTally tally, FaultChecks checks)
    {
        var text = new StringBuilder();
        var longest = run.Meter.Longest;
        Line($"{"fault",-20} {"times",6} {"longest stall",14}");
        foreach (var (kind, count) in tally.Faults)
        {
            Line($"{kind,-20} {count,6} {longest.GetValueOrDefault(kind.ToString()).TotalSeconds,12:F2} s");
        }

        foreach (var (label, stall) in longest.Where(l => !Enum.TryParse<FaultKind>(l.Key, out _)))
        {
            Line($"{label,-27} {stall.TotalSeconds,12:F2} s");
        }

        foreach (var (exit, count) in tally.Exits)
        {
            Line($"{exit,-27} {count,6}");
        }

        var options = run.Options;
        var oracle = run.Oracle;
        var records = Enumerable.Range(0, options.Partitions).Sum(oracle.End);
        Line($"seed {options.Seed}, {options.Store}, {options.Silos} silo(s), {options.Partitions} partitions, {run.Clock.Elapsed.TotalSeconds:F0} s");
        if (run.Growth.Sizes is { Count: > 1 } sizes)
        {
            Line($"partitions {string.Join(", then ", sizes)}; {run.Growth.WrittenBeforeKnown:N0} records were in new ones before any silo knew");
        }

        Line($"faults {tally.Faults.Values.Sum()}, kills {tally.Kills}, records {records:N0} ({oracle.Count(Outcome.Accepted) + oracle.Count(Outcome.Late):N0} accepted, {oracle.Count(Outcome.Late):N0} of them late; {oracle.Count(Outcome.Duplicate):N0} duplicates; {oracle.Count(Outcome.Rejected):N0} rejected)");
        Line($"lost {checks.Lost}, doubled {checks.Doubled}, dead letters {checks.DeadLetters:N0} (and {checks.DeadLettersRepeated:N0} repeated), longest stall {(longest.Count == 0 ? 0 : longest.Values.Max().TotalSeconds):F2} s");
        Line($"violations {tally.Violations.Count}");
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
