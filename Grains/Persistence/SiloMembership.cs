namespace Analytics.Persistence;

/// <summary>The silos of a cluster at one moment.</summary>
/// <param name="Version">Grows with every change but the removal of silos that have long been dead.</param>
/// <param name="Silos">Parsable addresses of all that the membership names, and whether it has declared them dead.</param>
internal sealed record SiloMembership(long Version, IReadOnlyCollection<(string Silo, bool IsDead)> Silos);
