using System.CommandLine;
using System.Globalization;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Verbs;

/// <summary>Options that several verbs share. An option belongs to one command, so each call makes a new one.</summary>
internal static class TrafficOptions
{
    private const int MaxRate = 10_000_000;

    /// <param name="description">What it is, and what stands for it when it is absent.</param>
    /// <param name="mayBeZero">Whether 0 has a meaning.</param>
    public static Option<double> Rate(string description, bool mayBeZero = true)
    {
        var option = new Option<double>("--rate") { Description = description };
        option.Validators.Add(result =>
        {
            // The result's own value throws when the text is no number.
            if (result.Tokens.Count > 0
                && !(double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var rate) && rate is >= 0 and <= MaxRate && (mayBeZero || rate > 0)))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--rate must be a number {(mayBeZero ? "from" : "above")} 0 {(mayBeZero ? "to" : "and up to")} {MaxRate}."));
            }
        });
        return option;
    }

    public static Option<EventTime> EventTimes() => new("--event-time")
    {
        Description = "original: the file's times, the default; now: the moment each one is sent.",
        HelpName = "original|now",
    };

    public static Option<string?> BootstrapServers() => new("--bootstrap-servers")
    {
        Description = "host:port of the broker; needed unless Kafka:BootstrapServers names it.",
    };

    public static Option<int> Count(string name, int fallback, string description, int max = int.MaxValue)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0
                && !(int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= max))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number from 1 to {max}."));
            }
        });
        return option;
    }
}
