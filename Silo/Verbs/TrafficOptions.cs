using System.CommandLine;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Verbs;

/// <summary>Options that several verbs share. An option belongs to one command, so each call makes a new one.</summary>
internal static class TrafficOptions
{
    public static Option<double> Rate(string description)
    {
        var option = new Option<double>("--rate") { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<double>() is not (>= 0 and <= 10_000_000))
            {
                result.AddError("--rate must be from 0 to 10000000.");
            }
        });
        return option;
    }

    public static Option<EventTime> EventTimes() => new("--event-time")
    {
        Description = "original: the file's times; now: the moment each one is sent.",
        DefaultValueFactory = _ => EventTime.Original,
    };

    public static Option<string?> BootstrapServers() => new("--bootstrap-servers")
    {
        Description = "host:port of the broker; Kafka:BootstrapServers when absent.",
    };

    public static Option<int> Count(string name, int fallback, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }
}
