using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Analytics.Entities;

/// <summary>Reaches the kept entities of any other silo of the cluster.</summary>
internal sealed class EntityRelay(IServiceProvider services, ISiloStatusOracle membership) : GrainServiceClient<IEntityRelayService>(services)
{
    /// <summary>Whether the silo is an active member, as far as this one knows.</summary>
    /// <param name="silo">Its parsable address.</param>
    public bool Reaches(string silo) => membership.GetApproximateSiloStatus(SiloAddress.FromParsableString(silo)) == SiloStatus.Active;

    /// <inheritdoc cref="IEntityRelayService.ApplyAsync"/>
    /// <param name="silo">Parsable address of the silo.</param>
    /// <param name="batches">What it gets.</param>
    public ValueTask<RelayAnswer> ApplyAsync(string silo, RelayedBatch[] batches) =>
        GetGrainService(SiloAddress.FromParsableString(silo)).ApplyAsync(batches);
}
