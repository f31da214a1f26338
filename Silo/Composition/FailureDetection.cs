using Orleans.Configuration;

namespace Analytics.Silo.Composition;

/// <summary>Turns the setting Clustering:FailureDetection into Orleans' many.</summary>
internal static class FailureDetection
{
    // Three probes in a row must go unanswered, so a pause of less than three quarters of the setting never costs a silo its place; and the
    // first of them is sent at most one period after the last answer, so a silo that hangs is dead after four periods. A killed process
    // closes its connections, which fails each probe at once: it is dead after two to three periods.
    private const int MissedProbes = 3;
    private const int PeriodsUntilDead = MissedProbes + 1;

    // Two silos must agree, the prober and the one through which it probed last: a silo that is itself in trouble convicts nobody.
    private const int Votes = 2;

    // A silo whose sign of life in the table is older than three of these is nobody that a starting silo waits for. It is read by other
    // machines' clocks, so it must be much longer than they differ.
    private static readonly TimeSpan LeastSignOfLife = TimeSpan.FromSeconds(10);

    public static void Apply(ClusterMembershipOptions options, TimeSpan failureDetection)
    {
        var period = failureDetection / PeriodsUntilDead;
        options.NumMissedProbesLimit = MissedProbes;
        options.NumVotesForDeathDeclaration = Votes;

        // Left to itself, Orleans halves the period while answers are quick, and spares a silo for four periods times three if it was heard
        // of otherwise: the time until a silo is dead would be anything from half the setting to three times as much.
        options.ProbeTimeout = period;
        options.MinProbeTimeout = period;
        options.MaxProbeTimeout = period;

        // Gossip tells of a death at once; this is how long a silo that missed it does not know.
        options.TableRefreshTimeout = failureDetection;
        options.IAmAliveTablePublishTimeout = failureDetection > LeastSignOfLife ? failureDetection : LeastSignOfLife;
    }
}
