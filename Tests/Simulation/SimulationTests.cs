using System.Diagnostics;
using System.Globalization;

namespace Analytics.Tests.Simulation;

/// <summary>
/// The protocol of DESIGN.md section 4 under simulated faults. Many schedules by hand, or one seed with its schedule printed, from the
/// output folder of this project:
/// <code>
/// ANALYTICS_SIM_SCHEDULES=1000000 ./Analytics.Tests -method "*Schedules_by_hand" -showLiveOutput
/// ANALYTICS_SIM_SEED=4711 ./Analytics.Tests -method "*Schedules_by_hand" -showLiveOutput
/// </code>
/// With both, the seed is the first one. <c>ANALYTICS_SIM_RULE</c> leaves a <see cref="Rule"/> out.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int FastSchedules = 10_000;

    [Fact]
    public void No_schedule_breaks_an_invariant() => Check(1, FastSchedules);

    [Fact]
    public void A_seed_replays_exactly()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            Assert.Equal(SimulatedRun.Run(seed, tracing: true).Schedule!, SimulatedRun.Run(seed, tracing: true).Schedule!);
        }
    }

    /// <summary>
    /// Each rule is needed: without it a violation shows within a few thousand schedules. One in some 30,000 needs that start to be stable,
    /// because two other rules mostly catch what comes of it; the search for it begins near a seed that was found by hand.
    /// </summary>
    [Theory]
    [InlineData(nameof(Rule.Fence))]
    [InlineData(nameof(Rule.FenceBeforeLoad))]
    [InlineData(nameof(Rule.GapCheck))]
    [InlineData(nameof(Rule.BucketPositions))]
    [InlineData(nameof(Rule.Flush))]
    [InlineData(nameof(Rule.FlushedOnly))]
    [InlineData(nameof(Rule.Replay))]
    [InlineData(nameof(Rule.PendingWins))]
    [InlineData(nameof(Rule.CommitOrder))]
    [InlineData(nameof(Rule.StreamTime))]
    [InlineData(nameof(Rule.Duplicates))]
    [InlineData(nameof(Rule.StableStart), 6_000)]
    [InlineData(nameof(Rule.KeepUntilDurable))]
    [InlineData(nameof(Rule.ConditionalMove))]
    [InlineData(nameof(Rule.DeadLetters))]
    [InlineData(nameof(Rule.DurableDeactivation))]
    [InlineData(nameof(Rule.EndingRefuses))]
    [InlineData(nameof(Rule.RelayLeft))]
    [InlineData(nameof(Rule.Beginning))]
    [InlineData(nameof(Rule.DeliveryGap))]
    [InlineData(nameof(Rule.KnownRecords))]
    [InlineData(nameof(Rule.Redelivery))]
    [InlineData(nameof(Rule.Keeper))]
    [InlineData(nameof(Rule.DeliverAgain))]
    [InlineData(nameof(Rule.SingleActivation))]
    public void Leaving_a_rule_out_breaks_an_invariant(string name, int firstSeed = 1)
    {
        var rule = Enum.Parse<Rule>(name);
        var result = Schedules.Run(firstSeed, FastSchedules, rule);

        Assert.NotNull(result.FailingSeed);
        output.WriteLine($"{result.Schedules} schedules: seed {result.FailingSeed}, {SimulatedRun.Run(result.FailingSeed.Value, rule).Violation}");
    }

    [Fact]
    public void Schedules_by_hand()
    {
        var seed = Number("ANALYTICS_SIM_SEED");
        var schedules = Number("ANALYTICS_SIM_SCHEDULES");
        Assert.SkipWhen(seed is null && schedules is null, "Set ANALYTICS_SIM_SEED or ANALYTICS_SIM_SCHEDULES to run schedules by hand.");
        var broken = Enum.TryParse<Rule>(Environment.GetEnvironmentVariable("ANALYTICS_SIM_RULE"), out var rule) ? rule : Rule.None;
        if (schedules is null)
        {
            var world = SimulatedRun.Run(seed!.Value, broken, tracing: true);
            output.WriteLine(string.Join('\n', world.Schedule!));
            Assert.Null(world.Violation);
            return;
        }

        Check(seed ?? 1, schedules.Value, broken);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : null;

    private void Check(int firstSeed, int schedules, Rule broken = Rule.None)
    {
        var started = Stopwatch.GetTimestamp();
        var result = Schedules.Run(firstSeed, schedules, broken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.WriteLine($"{result.Schedules} schedules, {result.Steps} steps in {seconds:F1} s: {result.Schedules / seconds:F0} schedules/s");
        if (result.FailingSeed is { } failing)
        {
            var world = SimulatedRun.Run(failing, broken, tracing: true);
            Assert.Fail($"Seed {failing}: {world.Violation}\nReplay it with ANALYTICS_SIM_SEED={failing}.\n{string.Join('\n', world.Schedule!)}");
        }
    }
}
