using Analytics.Accounts;
using Analytics.Entities;
using Analytics.Merchants;
using Analytics.Telemetry;
using Analytics.Windowing;
using Microsoft.Extensions.Logging;

namespace Analytics.Partitions;

/// <summary>
/// Brings a batch's events to its entities: at once to those that this silo keeps, by one call each and side by side to the others, repeated
/// until every one has taken them.
/// </summary>
internal sealed partial class EntitySender(
    IGrainFactory grains, KeptEntities kept, int partition, string here, AnalyticsMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    /// <summary>Completes when all entities have applied their events. Never gives up: a batch that is not applied is not skipped.</summary>
    /// <returns>How many additions saturated.</returns>
    public async Task<int> SendAsync(
        PartitionLedger ledger, IReadOnlyList<EntityWork> works, long streamTimeMicros, CancellationToken cancellationToken)
    {
        var open = ApplyHere(ledger, works, streamTimeMicros, out var saturated);
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

            int remoteAccounts = 0, remoteMerchants = 0;
            List<EntityWork> refused = [], failed = [];
            Exception? failure = null;
            for (var i = 0; i < calls.Length; i++)
            {
                try
                {
                    var result = await calls[i];
                    if (result.Silo == here)
                    {
                        open[i].Entity.Here = kept.Find(open[i].Key);
                    }
                    else
                    {
                        _ = open[i].Key.Kind == EntityKind.Account ? remoteAccounts++ : remoteMerchants++;
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

            metrics.CalledRemotely(EntityKind.Account, remoteAccounts);
            metrics.CalledRemotely(EntityKind.Merchant, remoteMerchants);
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

    // Returns what is left for calls.
    private static List<EntityWork> ApplyHere(
        PartitionLedger ledger, IReadOnlyList<EntityWork> works, long streamTimeMicros, out int saturated)
    {
        List<EntityWork> others = [];
        saturated = 0;
        foreach (var work in works)
        {
            var entity = work.Entity;
            if (entity.Here is { } here && here.TryApply(ledger.BatchFor(work, streamTimeMicros), out var result))
            {
                saturated += result.Saturated;
                entity.Acknowledged(work.LastOffset, result.Silo);
            }
            else
            {
                entity.Here = null;
                others.Add(work);
            }
        }

        return others;
    }

    // Making a reference takes longer than a call through it, above all to find the interface's name.
    private IWindowedEntityGrain Grain(TrackedEntity entity) => (IWindowedEntityGrain)(entity.Target ??= entity.Key.Kind == EntityKind.Account
        ? grains.GetGrain<IAccountGrain>(entity.Key.Id)
        : grains.GetGrain<IMerchantGrain>(entity.Key.Id));

    [LoggerMessage(2201, LogLevel.Warning, "Partition {Partition}: {Count} entities did not take their batch, the first is {First}; next try in {Delay}.")]
    private partial void LogFailed(int partition, int count, EntityKey first, TimeSpan delay, Exception exception);
}
