using System.Runtime.CompilerServices;
using Analytics.Accounts;
using Analytics.Entities;
using Analytics.Merchants;
using Analytics.Telemetry;
using Analytics.Windowing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Analytics.Partitions;

/// <summary>
/// Brings a batch's events to its entities: at once to those that this silo keeps, by one call for all of them to those that another silo
/// keeps, by one call each and side by side to the others, repeated until every one has taken them.
/// </summary>
internal sealed partial class EntitySender(
    IGrainFactory grains, KeptEntities kept, EntityRelay relay, int partition, string here, AnalyticsMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    // At one time: each ends on its silo, and is read from the store on this one.
    private const int MaxMoves = 500;

    private readonly HashSet<TrackedEntity> _elsewhere = [];
    private int _remoteAccounts;
    private int _remoteMerchants;

    /// <summary>Completes when all entities have applied their events. Never gives up: a batch that is not applied is not skipped.</summary>
    /// <returns>How many additions saturated.</returns>
    public async Task<int> SendAsync(
        PartitionLedger ledger, IReadOnlyList<EntityWork> works, long streamTimeMicros, CancellationToken cancellationToken)
    {
        var open = ApplyHere(ledger, works, streamTimeMicros, out var saturatedHere);
        (open, var saturatedElsewhere) = await RelayAsync(ledger, open, streamTimeMicros, cancellationToken);
        return saturatedHere + saturatedElsewhere + await CallAsync(ledger, open, streamTimeMicros, cancellationToken);
    }

    /// <summary>
    /// The same for events whose entities were on a silo that is gone. Each is called wherever it is now: the silo may be gone to the cluster
    /// only, and would take them again.
    /// </summary>
    public async Task SendAgainAsync(
        PartitionLedger ledger, IReadOnlyList<EntityWork> works, long streamTimeMicros, CancellationToken cancellationToken) =>
        await CallAsync(ledger, ApplyHere(ledger, works, streamTimeMicros, out _), streamTimeMicros, cancellationToken);

    private async Task<int> CallAsync(
        PartitionLedger ledger, List<EntityWork> open, long streamTimeMicros, CancellationToken cancellationToken)
    {
        var saturated = 0;
        var delay = FirstRetry;
        HashSet<EntityKey> behind = [];
        while (open.Count > 0)
        {
            var calls = new ValueTask<ApplyResult>[open.Count];
            for (var i = 0; i < calls.Length; i++)
            {
                var work = open[i];
                var batch = behind.Count > 0 && behind.Contains(work.Key)
                    ? ledger.BatchSinceCheckpoint(work, streamTimeMicros)
                    : ledger.BatchFor(work, streamTimeMicros);
                calls[i] = Grain(work.Entity).ApplyAsync(batch);
            }

            List<EntityWork> refused = [], failed = [];
            Exception? failure = null;
            for (var i = 0; i < calls.Length; i++)
            {
                try
                {
                    var result = await calls[i];
                    if (result.Silo == here)
                    {
                        open[i].Entity.NoteKeptHere(kept.Find(open[i].Key));
                    }
                    else
                    {
                        NoteElsewhere(open[i].Entity);
                    }

                    if (result.Applied)
                    {
                        saturated += result.Saturated;
                        open[i].Entity.Acknowledged(open[i].LastOffset, result.Silo);
                    }
                    else
                    {
                        refused.Add(open[i]);
                    }
                }
                catch (Exception exception)
                {
                    failure = exception;
                    failed.Add(open[i]);
                }
            }

            CountElsewhere();
            behind.UnionWith(refused.Select(w => w.Key));
            open = [.. refused, .. failed];
            if (open.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (failure is not null)
            {
                LogFailed(partition, failed.Count, failed[0].Key, delay, failure);
                await Task.Delay(delay, cancellationToken);
                delay = delay * 2 < LastRetry ? delay * 2 : LastRetry;
            }
        }

        return saturated;
    }

    /// <summary>
    /// Asks accounts that took their last batch on another silo to move to this one, those that belong here. Best after a checkpoint: what
    /// they wrote is durable then, and few of them have to wait. One that stays is noted again with its next batch.
    /// </summary>
    /// <param name="silo">This silo.</param>
    /// <param name="belongsHere">Whether an account's home is the sender's partition: another partition's batch moves nothing.</param>
    public async Task CallHomeAsync(SiloAddress silo, Func<string, bool> belongsHere)
    {
        if (_elsewhere.Count == 0)
        {
            return;
        }

        List<Task> moves = [.. _elsewhere.Where(e => belongsHere(e.Key.Id)).Select(e => Grain(e).MoveToAsync(silo))];
        _elsewhere.Clear();
        try
        {
            await Task.WhenAll(moves);
        }
        catch (Exception exception)
        {
            LogNotMoved(partition, moves.Count(m => !m.IsCompletedSuccessfully), moves.Count, exception);
        }
    }

    // Returns what is left for calls.
    [MethodImpl(HotPath.Code)]
    private List<EntityWork> ApplyHere(
        PartitionLedger ledger, IReadOnlyList<EntityWork> works, long streamTimeMicros, out int saturated)
    {
        List<EntityWork> others = [];
        saturated = 0;
        foreach (var work in works)
        {
            // One that this partition sends to for the first time, or again after it was forgotten, may well be kept here.
            var entity = work.Entity;
            if ((entity.Here ?? kept.Find(work.Key)) is { } here && here.TryApply(ledger.BatchFor(work, streamTimeMicros), out var result))
            {
                saturated += result.Saturated;
                entity.NoteKeptHere(here);
                entity.Acknowledged(work.LastOffset, result.Silo);
            }
            else
            {
                entity.NoteKeptHere(null);
                others.Add(work);
            }
        }

        return others;
    }

    // A message costs ten times what it brings to one entity. Returns what is left for calls.
    private async Task<(List<EntityWork> Left, int Saturated)> RelayAsync(
        PartitionLedger ledger, List<EntityWork> works, long streamTimeMicros, CancellationToken cancellationToken)
    {
        List<EntityWork> left = [];
        Dictionary<string, List<EntityWork>> bySilo = [];
        foreach (var work in works)
        {
            if (work.Entity.Silo is not { } silo || silo == here)
            {
                left.Add(work);
            }
            else if (bySilo.TryGetValue(silo, out var others))
            {
                others.Add(work);
            }
            else
            {
                bySilo.Add(silo, [work]);
            }
        }

        List<(string Silo, List<EntityWork> Sent, Task<RelayAnswer?> Call)> calls = [];
        foreach (var (silo, toSend) in bySilo)
        {
            if (relay.Reaches(silo))
            {
                RelayedBatch[] batches = [.. toSend.Select(work => new RelayedBatch(work.Key.Kind, ledger.BatchFor(work, streamTimeMicros)))];
                calls.Add((silo, toSend, relay.TryApplyAsync(silo, batches, cancellationToken)));
            }
            else
            {
                left.AddRange(toSend);
            }
        }

        metrics.Relayed(calls.Count);
        var saturated = 0;
        foreach (var (silo, sent, call) in calls)
        {
            if (await call is not { } answer)
            {
                // What it may have taken, it does not take twice.
                left.AddRange(sent);
                continue;
            }

            saturated += answer.Saturated;
            var leftOut = 0;
            for (var i = 0; i < sent.Count; i++)
            {
                if (leftOut < answer.Left.Length && answer.Left[leftOut] == i)
                {
                    left.Add(sent[i]);
                    leftOut++;
                }
                else
                {
                    sent[i].Entity.Acknowledged(sent[i].LastOffset, silo);
                    NoteElsewhere(sent[i].Entity);
                }
            }
        }

        CountElsewhere();
        return (left, saturated);
    }

    private void NoteElsewhere(TrackedEntity entity)
    {
        if (entity.Key.Kind == EntityKind.Merchant)
        {
            _remoteMerchants++;
            return;
        }

        _remoteAccounts++;
        if (_elsewhere.Count < MaxMoves)
        {
            _elsewhere.Add(entity);
        }
    }

    private void CountElsewhere()
    {
        metrics.CalledRemotely(EntityKind.Account, _remoteAccounts);
        metrics.CalledRemotely(EntityKind.Merchant, _remoteMerchants);
        (_remoteAccounts, _remoteMerchants) = (0, 0);
    }

    // Making a reference takes longer than a call through it, above all to find the interface's name.
    private IWindowedEntityGrain Grain(TrackedEntity entity) => (IWindowedEntityGrain)(entity.Target ??= entity.Key.Kind == EntityKind.Account
        ? grains.GetGrain<IAccountGrain>(entity.Key.Id)
        : grains.GetGrain<IMerchantGrain>(entity.Key.Id));

    [LoggerMessage(2201, LogLevel.Warning, "Partition {Partition}: {Count} entities did not take their batch, the first is {First}; next try in {Delay}.")]
    private partial void LogFailed(int partition, int count, EntityKey first, TimeSpan delay, Exception exception);

    [LoggerMessage(2202, LogLevel.Debug, "Partition {Partition}: {Failed} of {Count} accounts could not be asked to move here; asked again.")]
    private partial void LogNotMoved(int partition, int failed, int count, Exception exception);
}
