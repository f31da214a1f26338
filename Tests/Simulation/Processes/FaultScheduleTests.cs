namespace Analytics.Tests.Simulation.Processes;

/// <summary>The plan of a run.</summary>
public sealed class FaultScheduleTests
{
    private static readonly FaultOptions Cluster = new() { Seed = 0, Duration = TimeSpan.FromMinutes(1) };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_kind_comes_once_before_any_comes_again_and_each_call_gives_the_same(int seed)
    {
        var options = Cluster with { Seed = seed };

        var faults = FaultSchedule.Draw(options).Take(100).ToList();

        var kinds = Enum.GetValues<FaultKind>();
        Assert.Equal(kinds, faults.Take(kinds.Length).Select(f => f.Kind).Order());
        Assert.Equal(faults, FaultSchedule.Draw(options).Take(100));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Partitions_are_added_once_or_twice_until_all_are_there(int seed)
    {
        var options = Cluster with { Seed = seed };
        var sizes = FaultSchedule.Sizes(options);

        var added = FaultSchedule.Draw(options).Take(1_000).Where(f => f.Kind == FaultKind.PartitionsAdded).Select(f => f.Partitions).ToList();

        Assert.InRange(added.Count, 1, 2);
        Assert.Equal(sizes, [sizes[0], .. added]);
        Assert.Equal(sizes, sizes.Distinct().Order());
        Assert.InRange(sizes[0], options.Partitions / 2, options.Partitions - 1);
        Assert.Equal(options.Partitions, sizes[^1]);
    }

    [Fact]
    public void A_plan_of_nothing_but_added_partitions_ends_with_the_last()
    {
        var options = Cluster with { Partitions = 2, Only = new HashSet<FaultKind> { FaultKind.PartitionsAdded } };

        Assert.Equal(2, Assert.Single(FaultSchedule.Draw(options)).Partitions);
    }

    [Fact]
    public void A_topic_that_is_not_to_grow_has_all_of_its_partitions_from_the_beginning()
    {
        HashSet<FaultKind> killed = [FaultKind.SiloKilled];
        foreach (var options in new[] { Cluster with { Only = killed }, Cluster with { Partitions = 1 }, Cluster with { Scenario = FaultScenario.Takeover } })
        {
            Assert.Equal(options.Partitions, Assert.Single(FaultSchedule.Sizes(options)));
        }

        Assert.DoesNotContain(FaultSchedule.Draw(Cluster with { Partitions = 1 }).Take(1_000), f => f.Kind == FaultKind.PartitionsAdded);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Producers_learn_of_partitions_before_the_silos_or_after_them(int variant, bool areProducersFirst)
    {
        var fault = FaultSchedule.Draw(Cluster).First() with { Variant = variant, Length = TimeSpan.FromSeconds(4) };

        var moments = TopicGrowth.Moments(fault, silos: 3, producers: 2);

        Assert.Equal(moments.OrderBy(m => m.At), moments);
        Assert.All(moments, m => Assert.InRange(m.At, TimeSpan.Zero, fault.Length));
        Assert.Equal([0, 1, 2], moments.Where(m => m.IsSilo).Select(m => m.Number).Order());
        Assert.Equal([0, 1], moments.Where(m => !m.IsSilo).Select(m => m.Number).Order());
        Assert.All(moments, m => Assert.Equal(m.IsSilo == areProducersFirst, m.At >= fault.Length / 2));
    }
}
