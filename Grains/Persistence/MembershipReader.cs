using Orleans.Runtime;

namespace Analytics.Persistence;

/// <summary>
/// Reads Orleans' membership table itself. A refresh of Orleans' own view of it may join one that read before a death, and waits 10 ms each
/// time before it comes back: every account that becomes active would wait for that, and all that is behind it in its partition.
/// </summary>
internal sealed class MembershipReader(IMembershipTable table, IClusterMembershipService view) : IMembershipReader
{
    public async Task<SiloMembership> ReadAsync(CancellationToken cancellationToken)
    {
        var data = await table.ReadAllAsync(cancellationToken);

        // A copy of the table that took the place of a lost one may be behind what this silo was told already, by gossip for example, and
        // acts upon: its directory has given the dead silo's entities away.
        var known = view.CurrentSnapshot;
        return known.Version.Value >= data.Version.Version
            ? new(known.Version.Value, [.. known.Members.Values.Select(m => (m.SiloAddress.ToParsableString(), m.Status == SiloStatus.Dead))])
            : new(data.Version.Version, [.. data.Members.Select(m => (m.Item1.SiloAddress.ToParsableString(), m.Item1.Status == SiloStatus.Dead))]);
    }
}
