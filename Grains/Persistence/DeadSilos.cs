namespace Analytics.Persistence;

/// <summary>
/// Which silos are to be fenced before anything is loaded in their place. Pure: no clock, no I/O; <see cref="SiloLease"/> drives it.
/// Holds as many names as the cluster's membership does.
/// </summary>
internal sealed class DeadSilos
{
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fenced = new(StringComparer.Ordinal);

    /// <summary>
    /// The silos of a membership, newer than that of the call before, that are dead and not known to be fenced. One that was a member and
    /// is no longer named is dead: memberships forget the dead after a while.
    /// </summary>
    public IReadOnlyList<string> ToFence(IReadOnlyCollection<(string Silo, bool IsDead)> membership)
    {
        var named = membership.Select(m => m.Silo).ToHashSet(StringComparer.Ordinal);
        string[] toFence =
        [
            .. membership.Where(m => m.IsDead).Select(m => m.Silo).Concat(_members.Where(m => !named.Contains(m)))
                .Where(silo => !_fenced.Contains(silo)),
        ];
        _fenced.IntersectWith(named);
        _members.IntersectWith(toFence);
        _members.UnionWith(named);
        return toFence;
    }

    /// <summary>Notes that silos are fenced in the store.</summary>
    public void Fenced(IReadOnlyCollection<string> silos)
    {
        _fenced.UnionWith(silos);
    }
}
