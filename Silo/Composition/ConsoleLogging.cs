using Microsoft.Extensions.Logging.Console;

namespace Analytics.Silo.Composition;

internal static class ConsoleLogging
{
    /// <summary>One line per message, with the time; levels are in appsettings.json.</summary>
    public static ILoggingBuilder AddOneLineConsole(this ILoggingBuilder logging) => logging.ClearProviders().AddSimpleConsole(options =>
    {
        options.SingleLine = true;
        options.UseUtcTimestamp = true;
        options.TimestampFormat = "HH:mm:ss.fff'Z' ";
        options.ColorBehavior = LoggerColorBehavior.Default;
    });

    /// <summary>Logs only what is critical while a condition holds, in every category that a rule is configured for.</summary>
    public static ILoggingBuilder AddQuiet(this ILoggingBuilder logging, Func<bool> isQuiet)
    {
        // The rule with the longest matching category decides alone, so each of them takes the condition.
        logging.Services.PostConfigure<LoggerFilterOptions>(options =>
        {
            for (var i = 0; i < options.Rules.Count; i++)
            {
                var rule = options.Rules[i];
                options.Rules[i] = new(
                    rule.ProviderName,
                    rule.CategoryName,
                    rule.LogLevel,
                    (provider, category, level) =>
                        (level >= LogLevel.Critical || !isQuiet()) && (rule.Filter?.Invoke(provider, category, level) ?? true));
            }
        });
        return logging;
    }
}
