using Orleans.Streaming.Kafka.Embedded;
using KafkaErrorCode = Confluent.Kafka.ErrorCode;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// Does what a schedule says. A silo that went down starts again in the background, and all learn of partitions there, so that the next fault may
/// meet that.
/// </summary>
internal sealed class FaultInjector(FaultRun run, FaultTally tally)
{
    // Orleans declares a silo dead, and a survivor fences it, well within this.
    private static readonly TimeSpan FenceDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ZombieDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TargetDeadline = TimeSpan.FromSeconds(180);
    private static readonly KafkaRequest[] Requests = [KafkaRequest.Fetch, KafkaRequest.Produce, KafkaRequest.Metadata, KafkaRequest.ListOffsets];

    private readonly List<Task> _recoveries = [];

    public async Task InjectAsync(Fault fault, CancellationToken cancellationToken)
    {
        _recoveries.RemoveAll(r => r.IsCompletedSuccessfully);
        run.Meter.Begin(fault.Kind.ToString());
        tally.Add(fault.Kind);
        run.Write(fault.ToString());
        switch (fault.Kind)
        {
            case FaultKind.SiloKilled:
                await KillAsync(await TargetAsync(fault, cancellationToken), fault, cancellationToken);
                break;
            case FaultKind.AllSilosKilled:
                await Task.WhenAll(run.Silos.Places.Where(p => p is { IsBusy: false, Silo: not null }).Select(p => KillAsync(p, fault, cancellationToken)));
                break;
            case FaultKind.SiloFrozen:
                await FreezeAsync(await TargetAsync(fault, cancellationToken), fault, cancellationToken);
                break;
            case FaultKind.SiloRestarted:
                await RestartAsync(await TargetAsync(fault, cancellationToken), fault, cancellationToken);
                break;
            case FaultKind.StoreKilled:
                await BounceAsync("postgres", fault, cancellationToken);
                break;
            case FaultKind.MembershipKilled:
                await BounceAsync("redis", fault, cancellationToken);
                break;
            case FaultKind.BrokerErrors:
                run.Broker.FailRequests(Requests[fault.Variant % Requests.Length], ErrorOf(fault), 1 + (fault.Variant % 20));
                break;
            case FaultKind.BrokerSlow:
                run.Broker.SetRoundTripTime(TimeSpan.FromMilliseconds(20 + (fault.Variant % 400)));
                await Task.Delay(fault.Length, cancellationToken);
                run.Broker.SetRoundTripTime(TimeSpan.Zero);
                break;
            case FaultKind.BrokerDown:
                run.Broker.TakeDown();
                await Task.Delay(fault.Length, cancellationToken);
                run.Broker.BringUp();
                break;
            case FaultKind.PartitionsAdded:
                _recoveries.Add(run.Growth.GrowAsync(run, fault, cancellationToken));
                break;
            default:
                throw new InvalidOperationException($"{fault.Kind}");
        }
    }

    /// <summary>Waits until every silo runs again, and knows every partition that was added.</summary>
    public async Task RecoverAsync()
    {
        foreach (var request in Requests)
        {
            run.Broker.ClearFailures(request);
        }

        await Task.WhenAll(_recoveries);
    }

    private async Task KillAsync(SiloPlace place, Fault fault, CancellationToken cancellationToken)
    {
        place.IsBusy = true;
        tally.Killed();
        await place.Silo!.KillAsync(cancellationToken);
        await run.Silos.ClearAsync(place, cancellationToken);
        _recoveries.Add(StartLaterAsync(place, fault, cancellationToken));
    }

    private async Task FreezeAsync(SiloPlace place, Fault fault, CancellationToken cancellationToken)
    {
        place.IsBusy = true;
        await place.Silo!.SignalAsync("STOP", cancellationToken);
        var frozenAt = run.Clock.Elapsed;
        while (!await IsFencedAsync(place, cancellationToken))
        {
            if (run.Clock.Elapsed - frozenAt > FenceDeadline)
            {
                tally.Violation($"silo {place.Number} was frozen for {FenceDeadline.TotalSeconds:F0} s and not fenced");
                break;
            }

            await Task.Delay(100, cancellationToken);
        }

        run.Write($"silo {place.Number} is fenced after {(run.Clock.Elapsed - frozenAt).TotalSeconds:F1} s");

        // Some return at once, some when the others have long gone on.
        await Task.Delay(fault.Length, cancellationToken);
        await place.Silo.SignalAsync("CONT", cancellationToken);
        _recoveries.Add(EndZombieAsync(place, fault, cancellationToken));
    }

    private async Task EndZombieAsync(SiloPlace place, Fault fault, CancellationToken cancellationToken)
    {
        var woken = run.Clock.Elapsed;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ZombieDeadline);
        try
        {
            var exitCode = await run.Silos.ClearAsync(place, deadline.Token);
            run.Write($"the zombie {place.Number} ended with {exitCode} after {(run.Clock.Elapsed - woken).TotalSeconds:F1} s");
            tally.Exited("zombie", exitCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            tally.Violation($"silo {place.Number} was fenced and did not end within {ZombieDeadline.TotalSeconds:F0} s of its return");
            await place.Silo!.KillAsync(cancellationToken);
            await run.Silos.ClearAsync(place, cancellationToken);
        }

        await StartLaterAsync(place, fault, cancellationToken);
    }

    private async Task RestartAsync(SiloPlace place, Fault fault, CancellationToken cancellationToken)
    {
        place.IsBusy = true;
        var began = run.Clock.Elapsed;
        await place.Silo!.SignalAsync("TERM", cancellationToken);
        _recoveries.Add(EndStoppedAsync());

        async Task EndStoppedAsync()
        {
            var exitCode = await run.Silos.ClearAsync(place, cancellationToken);
            var took = run.Clock.Elapsed - began;
            run.Write($"silo {place.Number} stopped with {exitCode} after {took.TotalSeconds:F1} s");
            tally.Stopped(took, exitCode, run.Options.StopDeadline);
            await StartLaterAsync(place, fault, cancellationToken);
        }
    }

    private async Task BounceAsync(string server, Fault fault, CancellationToken cancellationToken)
    {
        await run.Servers!.KillAsync(server, cancellationToken);
        await Task.Delay(fault.Length, cancellationToken);
        await run.Servers.RestartAsync(server, cancellationToken);
    }

    private async Task StartLaterAsync(SiloPlace place, Fault fault, CancellationToken cancellationToken)
    {
        await Task.Delay(fault.Length, cancellationToken);
        await run.Silos.StartAsync(place, fault.SamePort, cancellationToken);
        place.IsBusy = false;
    }

    private async Task<SiloPlace> TargetAsync(Fault fault, CancellationToken cancellationToken)
    {
        var began = run.Clock.Elapsed;
        while (true)
        {
            // A silo that did not come up again is the end of the run.
            if (_recoveries.Find(r => r.IsFaulted) is { } failed)
            {
                await failed;
            }

            if (run.Silos.Running(fault.Target % run.Options.Silos) is { } place)
            {
                return place;
            }

            Assert.True(run.Clock.Elapsed - began < TargetDeadline, "No silo runs that a fault could meet.");
            await Task.Delay(20, cancellationToken);
        }
    }

    private async Task<bool> IsFencedAsync(SiloPlace place, CancellationToken cancellationToken)
    {
        try
        {
            return await run.Store.IsFencedAsync(place.SiloPort, cancellationToken);
        }
        catch (Npgsql.NpgsqlException)
        {
            return false;
        }
    }

    private static KafkaErrorCode ErrorOf(Fault fault) => (fault.Variant % 4) switch
    {
        0 => KafkaErrorCode.Local_Transport,
        1 => KafkaErrorCode.NotLeaderForPartition,
        2 => KafkaErrorCode.RequestTimedOut,
        _ => KafkaErrorCode.LeaderNotAvailable,
    };
}
