namespace Analytics.Tests.Simulation.Processes;

/// <summary>Single silos that go away in a cluster that is otherwise well, with a limit to how long a partition may stand still.</summary>
internal sealed class ClusterScenarios(FaultRun run, FaultTally tally)
{
    private const string Takeover = "silo of several killed";
    private const string Rolling = "rolling restart";

    private static readonly TimeSpan TakeoverLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RollingLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MovingDeadline = TimeSpan.FromSeconds(90);

    /// <summary>Kills silos in turn; each comes back, as another one, when everything moves again.</summary>
    public async Task TakeOverAsync(int times, CancellationToken cancellationToken)
    {
        for (var i = 0; i < times; i++)
        {
            var place = run.Silos.Places[i % run.Silos.Places.Count];
            await run.Silos.WaitUntilAllRunAsync(cancellationToken);
            place.IsBusy = true;
            run.Meter.Begin(Takeover);
            tally.Add(FaultKind.SiloKilled);
            tally.Killed();
            await place.Silo!.KillAsync(cancellationToken);
            await run.Silos.ClearAsync(place, cancellationToken);
            run.Write($"silo {place.Number} is killed");
            var moving = await run.WaitUntilMovingAsync(MovingDeadline, cancellationToken);
            run.Write($"every partition moves again after {moving.TotalSeconds:F2} s");
            await run.Silos.StartAsync(place, samePort: false, cancellationToken);
            place.IsBusy = false;
            await run.WaitUntilMovingAsync(MovingDeadline, cancellationToken);
        }

        Limit(Takeover, TakeoverLimit);
    }

    /// <summary>Stops and starts every silo in turn.</summary>
    public async Task RollAsync(CancellationToken cancellationToken)
    {
        run.Meter.Begin(Rolling);
        foreach (var place in run.Silos.Places)
        {
            await run.Silos.WaitUntilAllRunAsync(cancellationToken);
            tally.Add(FaultKind.SiloRestarted);
            place.IsBusy = true;
            var began = run.Clock.Elapsed;
            await place.Silo!.SignalAsync("TERM", cancellationToken);
            var exitCode = await run.Silos.ClearAsync(place, cancellationToken);
            tally.Stopped(run.Clock.Elapsed - began, exitCode, run.Options.StopDeadline);
            run.Write($"silo {place.Number} stopped with {exitCode} after {(run.Clock.Elapsed - began).TotalSeconds:F2} s");
            await run.Silos.StartAsync(place, samePort: false, cancellationToken);
            place.IsBusy = false;
            await run.WaitUntilMovingAsync(MovingDeadline, cancellationToken);
        }

        Limit(Rolling, RollingLimit);
    }

    private void Limit(string label, TimeSpan limit)
    {
        var longest = run.Meter.Longest.GetValueOrDefault(label);
        if (longest > limit)
        {
            tally.Violation($"{label}: a partition stood still for {longest.TotalSeconds:F1} s, more than {limit.TotalSeconds:F0} s");
        }
    }
}
