namespace Analytics.Persistence;

/// <summary>Reads the cluster's membership where every silo writes it.</summary>
internal interface IMembershipReader
{
    /// <summary>The membership as it is after this call began, with every death that this silo has been told of.</summary>
    Task<SiloMembership> ReadAsync(CancellationToken cancellationToken);
}
