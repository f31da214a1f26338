using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Analytics.Placement;

/// <summary>
/// Puts an account where its partition is read, whoever calls it first. Until the owner is known it goes to the silo that asks, as it does
/// when the owner cannot take it; the partition then asks it to come (<see cref="Partitions.EntitySender.CallHomeAsync"/>), as it does with
/// accounts that are active elsewhere when it moves.
/// </summary>
internal sealed class HomePlacementDirector(AccountHomes homes) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var home = homes.OwnerOf(homes.PartitionOf(target.GrainIdentity.Key.Value.Span));
        return Task.FromResult(
            home is not null && silos.Contains(home) ? home
            : context.LocalSiloStatus == SiloStatus.Active && silos.Contains(context.LocalSilo) ? context.LocalSilo
            : silos[Random.Shared.Next(silos.Length)]);
    }
}
