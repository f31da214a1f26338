using Analytics.Accounts;
using Analytics.Merchants;
using Analytics.Partitions;
using Analytics.Windowing;

namespace Analytics.Entities;

/// <inheritdoc cref="ILiveMetrics"/>
/// <remarks>A call waits for a thread twice, once to run and once to bring its answer; under load that is most of what a read takes.</remarks>
internal sealed class LiveMetrics(KeptEntities kept, IGrainFactory grains) : ILiveMetrics
{
    public ValueTask<EntityMetrics?> GetAsync(EntityKind kind, string id, DateTimeOffset? asOf)
    {
        if (kept.Find(new(kind, id))?.Entity is { } entity && entity.TryRead(asOf, out var metrics))
        {
            return new(metrics);
        }

        IWindowedEntityGrain grain = kind == EntityKind.Account ? grains.GetGrain<IAccountGrain>(id) : grains.GetGrain<IMerchantGrain>(id);
        return new(grain.GetMetricsAsync(asOf));
    }
}
