using Orleans.Runtime;

namespace Analytics.Tests.Grains;

/// <summary>The silo's real membership, of which it can be kept from hearing anything new.</summary>
internal sealed class GatedMembership(IClusterMembershipService membership) : IClusterMembershipService
{
    private int _refused;

    public bool IsAway { get; set; }

    public int Refused => Volatile.Read(ref _refused);

    public ClusterMembershipSnapshot CurrentSnapshot => membership.CurrentSnapshot;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => membership.MembershipUpdates;

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
    {
        if (IsAway)
        {
            Interlocked.Increment(ref _refused);
            throw new TimeoutException("The membership table was taken away by the test.");
        }

        return membership.Refresh(minimumVersion, cancellationToken);
    }

    public Task<bool> TryKill(SiloAddress siloAddress) => membership.TryKill(siloAddress);
}
