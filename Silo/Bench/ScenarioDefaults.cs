using System.Text.Json;

namespace Analytics.Silo.Bench;

/// <summary>What a scenario is without any option.</summary>
/// <param name="PerSecond">Transactions per second.</param>
/// <param name="Seconds">How long is measured.</param>
/// <param name="WarmUpSeconds">How long load runs before.</param>
/// <param name="Accounts">Number of accounts.</param>
/// <param name="Partitions">Of the topic. The embedded broker keeps 5 MB of each: more where a backlog builds up.</param>
/// <param name="ReadsPerSecond">Live reads.</param>
internal sealed record ScenarioDefaults(double PerSecond, int Seconds, int WarmUpSeconds, int Accounts, int Partitions, double ReadsPerSecond)
{
    /// <summary>Accounts that <see cref="Scenario.Cold"/> adds.</summary>
    public const int ColdAccounts = 200_000;

    /// <summary>How much of <see cref="Scenario.Hot"/> goes to one merchant.</summary>
    public const double HotShare = 0.3;

    /// <summary>How many times its rate <see cref="Scenario.Spike"/> rises to.</summary>
    public const double SpikeFactor = 10;

    public const int Backlog = 1_000_000;

    private static readonly ScenarioDefaults Steady = new(50_000, 60, 30, 10_000, 8, 50);

    public static ScenarioDefaults Of(Scenario scenario) => scenario switch
    {
        Scenario.Max => Steady with { Seconds = 15, Partitions = 16 },
        Scenario.CatchUp => Steady with { Partitions = 32, WarmUpSeconds = 0 },
        Scenario.Spike => Steady with { PerSecond = 10_000, Seconds = 35, Partitions = 24 },
        Scenario.Million => Steady with { Accounts = 1_000_000 },
        Scenario.Reads => Steady with { ReadsPerSecond = 1_000 },
        Scenario.Replay => Steady with { WarmUpSeconds = 0 },
        _ => Steady,
    };

    /// <summary>The name on the command line.</summary>
    public static string NameOf(Scenario scenario) => JsonNamingPolicy.KebabCaseLower.ConvertName(scenario.ToString());

    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<Scenario>().Select(NameOf)];

    /// <summary>The scenario of that name; null when there is none.</summary>
    public static Scenario? Parse(string name) =>
        Enum.GetValues<Scenario>().Where(scenario => NameOf(scenario) == name).Select(scenario => (Scenario?)scenario).FirstOrDefault();
}
