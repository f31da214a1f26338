using Analytics.Silo.Bench;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Bench.Scenarios;
using Analytics.Silo.Configuration;
using Analytics.Silo.Traffic;
using Microsoft.Extensions.Configuration;

namespace Analytics.Tests.Silo.Bench;

public sealed class BenchOptionsTests
{
    [Fact]
    public void Scenarios_are_named_in_kebab_case()
    {
        Assert.Equal(["steady", "max", "catch-up", "spike", "cold", "hot", "million", "reads", "replay"], ScenarioDefaults.Names);
        Assert.All(Enum.GetValues<Scenario>(), scenario => Assert.Equal(scenario, ScenarioDefaults.Parse(ScenarioDefaults.NameOf(scenario))));
        Assert.Null(ScenarioDefaults.Parse("CatchUp"));
    }

    [Fact]
    public void A_spike_is_ten_times_the_rate_for_five_seconds_in_the_middle()
    {
        var plan = LoadPlans.Make(Options(Scenario.Spike), "abcdefgh");

        Assert.Equal([100, 1_000, 100], plan.Measured.Select(stretch => stretch.Pace.PerSecond));
        Assert.Equal(TimeSpan.FromSeconds(5), plan.Measured[1].Pace.Duration);
        Assert.Equal(TimeSpan.FromSeconds(30), plan.MeasuredDuration);
        Assert.Equal(TimeSpan.FromSeconds(2), plan.WarmUpDuration);
    }

    [Fact]
    public void Million_touches_each_account_once_before_measuring()
    {
        var plan = LoadPlans.Make(Options(Scenario.Million), "abcdefgh");

        Assert.Equal(50, plan.WarmUp[0].Pace.Count);
    }

    [Fact]
    public void Replay_without_a_file_says_what_is_missing()
    {
        var exception = Assert.Throws<BenchException>(() => LoadPlans.Make(Options(Scenario.Replay), "abcdefgh"));

        Assert.Contains("--input", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BenchMode.StoreKey, BenchMode.NoStore)]
    [InlineData(BenchMode.StoreKey, "Sqlite")]
    [InlineData(BenchMode.ParentKey, "1")]
    [InlineData("Bench:Other", "x")]
    public void Serve_refuses_what_only_a_benchmark_may_ask_for(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

        Assert.Equal(key, Assert.Throws<SettingException>(() => BenchMode.Read(configuration)).Key);
    }

    [Fact]
    public void Without_settings_there_is_no_benchmark()
    {
        Assert.Equal(new BenchMode(false, false), BenchMode.Read(new ConfigurationBuilder().Build()));
    }

    private static BenchOptions Options(Scenario scenario) => new()
    {
        Scenario = scenario,
        PerSecond = 100,
        Duration = TimeSpan.FromSeconds(30),
        WarmUp = TimeSpan.FromSeconds(2),
        Accounts = 50,
        Merchants = 10,
        Partitions = 1,
        Silos = 1,
        Seed = 1,
        ReadsPerSecond = 0,
        Backlog = 1,
        ComputeOnly = false,
        Input = null,
        EventTime = EventTime.Original,
        JsonFile = null,
    };
}
