using Orleans;
using Orleans.Runtime;

namespace Analytics.Persistence;

/// <summary>
/// Reads Orleans' membership table itself. A refresh of Orleans' own view of it may join one that read before a death, and waits 10 ms each
/// time before it comes back: every account that becomes active would wait for that, and all that is behind it in its partition.
/// </summary>
internal sealed class MembershipReader(IMembershipTable table) : IMembershipReader
{
    public async Task<SiloMembership> ReadAsync(CancellationToken cancellationToken)
    {
        var data = await table.ReadAllAsync(cancellationToken);
        return new(
            data.Version.Version,
            [.. data.Members.Select(member => (member.Item1.SiloAddress.ToParsableString(), member.Item1.Status == SiloStatus.Dead))]);
    }
}
