using System.Diagnostics;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>PostgreSQL is away for longer than any timeout of Orleans, while the load goes on.</summary>
internal sealed class OutageScenario(FaultRun run, FaultTally tally)
{
    private const long MaxResidentBytes = 2_000_000_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CatchUpDeadline = TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(WarmUp, cancellationToken);
        Tell("before", null);
        run.Meter.Begin(nameof(FaultKind.StoreKilled));
        tally.Add(FaultKind.StoreKilled);
        await run.Servers!.KillAsync("postgres", cancellationToken);
        var began = run.Clock.Elapsed;
        long reads = 0, failed = 0, lastLagMs = 0;
        var slowest = TimeSpan.Zero;

        // Busy ones: grains in memory. One that has to be loaded cannot be answered while the store is away.
        var accounts = run.Oracle.Entities(EntityKind.Account).Take(20).ToArray();
        while (run.Clock.Elapsed - began < run.Options.Outage)
        {
            foreach (var account in accounts)
            {
                var asked = Stopwatch.GetTimestamp();
                var answer = await run.Silos.TryGetAsync($"/v1/accounts/{Uri.EscapeDataString(account)}", cancellationToken);
                var took = Stopwatch.GetElapsedTime(asked);
                slowest = took > slowest ? took : slowest;
                reads++;
                failed += answer is null ? 1 : 0;
                lastLagMs = answer is null ? lastLagMs : Math.Max(lastLagMs, (long)answer["lagMs"]!);
            }

            if ((int)(run.Clock.Elapsed - began).TotalSeconds % 15 == 0)
            {
                Tell($"{(run.Clock.Elapsed - began).TotalSeconds,4:F0} s away", $"lag {lastLagMs / 1000.0:F1} s, {reads} live reads, {failed} failed, the slowest {slowest.TotalMilliseconds:F0} ms");
            }

            Bound();
            await Task.Delay(Interval, cancellationToken);
        }

        // The load ends with the outage: how long the backlog takes would otherwise be a matter of how much faster than the load a silo is.
        await run.Servers.RestartAsync("postgres", cancellationToken);
        await run.Load.StopAsync();
        var lagAtEnd = Enumerable.Range(0, run.Options.Partitions).Sum(p => run.Oracle.End(p) - 1 - run.Meter.Moved(p));
        var caughtUp = await run.WaitUntilCaughtUpAsync(CatchUpDeadline, cancellationToken);
        Tell("store back", $"{lagAtEnd:N0} records behind were handled within {caughtUp.TotalSeconds:F1} s");
        Bound();
        if (failed > reads / 100)
        {
            tally.Violation($"{failed} of {reads} live reads were not answered during the outage");
        }

        if (lastLagMs < run.Options.Outage.TotalMilliseconds / 2)
        {
            tally.Violation($"lagMs grew to {lastLagMs} only");
        }
    }

    private void Bound()
    {
        foreach (var place in run.Silos.Places.Where(p => p.Silo?.ResidentBytes > MaxResidentBytes))
        {
            tally.Violation($"silo {place.Number} uses {place.Silo!.ResidentBytes / 1_000_000} MB");
        }
    }

    private void Tell(string when, string? what)
    {
        var memory = string.Join(" ", run.Silos.Places.Select(p => $"{(p.Silo?.ResidentBytes ?? 0) / 1_000_000}"));
        var log = Enumerable.Range(0, run.Options.Partitions).Sum(run.Oracle.End);
        run.Write($"{when}: memory {memory} MB, {log:N0} records in the log{(what is null ? "" : ", " + what)}");
    }
}
