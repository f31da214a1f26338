namespace Analytics.Tests.Simulation.Processes;

/// <summary>A whole run: start, faults, calm, checks, table.</summary>
internal static class FaultHarness
{
    // The exit code of a silo that found itself fenced. One that reads in the membership that it is dead is ended by Orleans, without a code of ours.
    private const int LeftInError = 3;

    private static readonly TimeSpan CalmDeadline = TimeSpan.FromMinutes(5);

    /// <returns>What happened.</returns>
    public static async Task<FaultTally> RunAsync(FaultOptions options, Action<string> write, CancellationToken cancellationToken)
    {
        write($"seed {options.Seed}, {options.Scenario}, {options.Store}, {options.Silos} silo(s), {options.Rate} records/s, {options.Partitions} partitions");
        var tally = new FaultTally();
        await using var run = await FaultRun.StartAsync(options, write, cancellationToken);
        using var supervision = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var supervising = run.Silos.SuperviseAsync((place, exitCode) => EndedByItself(run, tally, place, exitCode), supervision.Token);
        try
        {
            await InjectAsync(run, tally, cancellationToken);
            run.Write("calm");
            await run.CalmAsync(CalmDeadline, cancellationToken);
            await supervision.CancelAsync();
            await supervising;
            run.Write("everything is durable");
            var checks = new FaultChecks(run, tally);
            await checks.RunAsync(cancellationToken);
            write(FaultReport.Write(run, tally, checks));
            Assert.True(tally.Violations.Count == 0, $"Seed {options.Seed}:\n{string.Join('\n', tally.Violations)}");
            return tally;
        }
        catch (Exception exception)
        {
            write(exception.Message);
            await supervision.CancelAsync();
            await supervising.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var folder = Path.Combine(Path.GetTempPath(), $"analytics-faults-seed-{options.Seed}-{Environment.ProcessId}");
            run.Silos.WriteOutputs(folder);
            write($"What the silos wrote is in {folder}.");
            throw;
        }
    }

    // A silo that the others took for dead, because the machine was too busy, has to leave; one that crashes has a fault.
    private static void EndedByItself(FaultRun run, FaultTally tally, SiloPlace place, int exitCode)
    {
        run.Write($"silo {place.Number} ended by itself with {exitCode}");
        tally.Exited("by itself", exitCode);
        var written = run.Silos.EndedOutputs[^1];
        if (exitCode != LeftInError && !written.Contains(SiloCluster.ToldDead, StringComparison.Ordinal))
        {
            tally.Violation($"silo {place.Number} ended by itself with {exitCode}:\n{Tail(written)}");
        }
    }

    private static string Tail(string text) => string.Join('\n', text.Split('\n')[^Math.Min(15, text.Split('\n').Length)..]);

    private static async Task InjectAsync(FaultRun run, FaultTally tally, CancellationToken cancellationToken)
    {
        var options = run.Options;
        var cluster = new ClusterScenarios(run, tally);
        var end = run.Clock.Elapsed + options.Duration;
        switch (options.Scenario)
        {
            case FaultScenario.Takeover:
                while (run.Clock.Elapsed < end)
                {
                    await cluster.TakeOverAsync(1, cancellationToken);
                }

                break;
            case FaultScenario.Rolling:
                while (run.Clock.Elapsed < end)
                {
                    await cluster.RollAsync(cancellationToken);
                }

                break;
            case FaultScenario.Outage:
                await new OutageScenario(run, tally).RunAsync(cancellationToken);
                break;
            case FaultScenario.Mixed:
                await cluster.TakeOverAsync(1, cancellationToken);
                await cluster.RollAsync(cancellationToken);
                await InjectRandomAsync(run, tally, cancellationToken);
                break;
            default:
                await InjectRandomAsync(run, tally, cancellationToken);
                break;
        }
    }

    private static async Task InjectRandomAsync(FaultRun run, FaultTally tally, CancellationToken cancellationToken)
    {
        var options = run.Options;
        var injector = new FaultInjector(run, tally);
        var end = run.Clock.Elapsed + options.Duration;
        foreach (var fault in FaultSchedule.Draw(options))
        {
            if (run.Clock.Elapsed + fault.Gap > end)
            {
                break;
            }

            run.ThrowIfLogLost();
            await Task.Delay(fault.Gap, cancellationToken);
            await injector.InjectAsync(fault, cancellationToken);
        }

        await injector.RecoverAsync();
    }
}
