using Analytics.Persistence;
using Orleans.Runtime;

namespace Analytics.Tests.Persistence;

/// <summary>A membership table that the test writes, and can take away.</summary>
internal sealed class FakeMembership : IMembershipReader
{
    public (SiloAddress Silo, SiloStatus Status)[] Table { get; set; } = [];

    /// <summary>Grows when the test says so.</summary>
    public long Version { get; set; }

    public bool IsAway { get; set; }

    public Task<SiloMembership> ReadAsync(CancellationToken cancellationToken) => IsAway
        ? throw new TimeoutException("The membership table was taken away by the test.")
        : Task.FromResult(new SiloMembership(Version, [.. Table.Select(t => (t.Silo.ToParsableString(), t.Status == SiloStatus.Dead))]));
}
