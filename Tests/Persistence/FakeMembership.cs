using System.Collections.Immutable;
using Orleans.Runtime;

namespace Analytics.Tests.Persistence;

/// <summary>A membership table that the test writes, and can take away.</summary>
internal sealed class FakeMembership : IClusterMembershipService
{
    private long _version;

    public (SiloAddress Silo, SiloStatus Status)[] Table { get; set; } = [];

    public int StaleRefreshes { get; set; }

    public bool IsAway { get; set; }

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } =
        new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new(0));

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
    {
        if (IsAway)
        {
            throw new TimeoutException("The membership table was taken away by the test.");
        }

        if (StaleRefreshes-- <= 0)
        {
            CurrentSnapshot = new(
                Table.ToImmutableDictionary(t => t.Silo, t => new ClusterMember(t.Silo, t.Status, "test")), new(++_version));
        }

        return ValueTask.CompletedTask;
    }

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
}
