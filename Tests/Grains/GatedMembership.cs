using Analytics.Persistence;

namespace Analytics.Tests.Grains;

/// <summary>The silo's real membership, which can be taken away.</summary>
internal sealed class GatedMembership(IMembershipReader membership) : IMembershipReader
{
    private int _refused;

    public bool IsAway { get; set; }

    public int Refused => Volatile.Read(ref _refused);

    public Task<SiloMembership> ReadAsync(CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            Interlocked.Increment(ref _refused);
            throw new TimeoutException("The membership table was taken away by the test.");
        }

        return membership.ReadAsync(cancellationToken);
    }
}
