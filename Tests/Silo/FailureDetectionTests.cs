using Analytics.Silo.Composition;
using Orleans.Configuration;

namespace Analytics.Tests.Silo;

public sealed class FailureDetectionTests
{
    [Theory]
    [InlineData(2.0)]
    [InlineData(5.0)]
    [InlineData(300.0)]
    public void A_silo_that_hangs_is_dead_within_the_setting_and_one_that_pauses_for_three_quarters_of_it_is_not(double seconds)
    {
        var setting = TimeSpan.FromSeconds(seconds);
        var options = new ClusterMembershipOptions();
        FailureDetection.Apply(options, setting);

        // The last answer came just before a probe was due, and each of the probes that go unanswered waits for its timeout.
        Assert.Equal(setting, options.MaxProbeTimeout * (options.NumMissedProbesLimit + 1));

        // The least time in which as many probes can be missed, and the time for which a silo that is heard of otherwise is spared.
        Assert.Equal(0.75 * setting, options.MinProbeTimeout * options.NumMissedProbesLimit);
        Assert.Equal(options.MinProbeTimeout, options.MaxProbeTimeout);
        Assert.True(options.EnableConnectionLivenessCheck && options.EnableIndirectProbes && options.LivenessEnabled);
        Assert.InRange(options.NumVotesForDeathDeclaration, 2, options.NumProbedSilos);
    }
}
