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
}
