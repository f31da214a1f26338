using System.Globalization;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Analytics.Placement;

/// <summary>
/// Puts a partition's grain where the partition is read, whoever places it. While a partition moves that is often not its reader: a silo
/// that had the grain forwards the calls which came too late, and with a placement near the caller would bring it back to itself or to a
/// bystander. Each such activation refuses, and the reader's next try waits.
/// </summary>
internal sealed class ReaderPlacementDirector(AccountHomes homes) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var reader = int.TryParse(target.GrainIdentity.Key.AsSpan(), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            ? homes.OwnerOf(partition)
            : null;
        return Task.FromResult(
            reader is not null && silos.Contains(reader) ? reader
            : context.LocalSiloStatus == SiloStatus.Active && silos.Contains(context.LocalSilo) ? context.LocalSilo
            : silos[Random.Shared.Next(silos.Length)]);
    }
}
