using System.CommandLine;
using Analytics.Silo.Bench;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Silo.Traffic;

namespace Analytics.Silo.Verbs;

/// <summary>
/// The verbs, and what their failures look like: one line on stderr; exit code 2 for a wrong setting or option, 5 for a
/// server that was not there at the start, 1 for a failed run.
/// </summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int Misused = 2;

    /// <summary>When this variable of the environment is set, an unexpected exception is shown with its stack.</summary>
    private const string StackVariable = "ANALYTICS_STACK_TRACE";

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var (settings, rest) = SettingArguments.Split(arguments);
            var root = Create(new(settings));
            var parsed = root.Parse(rest);
            if (parsed.Errors.Count > 0)
            {
                await Console.Error.WriteLineAsync($"{parsed.Errors[0].Message.ReplaceLineEndings(" ")} See --help.");
                return Misused;
            }

            // Each verb handles signals itself: a silo's graceful stop takes longer than the two seconds that the library grants.
            return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (SettingException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Misused;
        }
        catch (ServerAwayException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ServerAwayException.ExitCode;
        }
        catch (Exception exception) when (exception is TrafficException or BenchException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            return Failed;
        }
        catch (Exception exception)
        {
            // Nobody is left to handle it; an operator is better served by a line than by a dump.
            var hasStack = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(StackVariable));
            await Console.Error.WriteLineAsync(hasStack
                ? exception.ToString()
                : $"Unexpected {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} Set {StackVariable}=1 to see where.");
            return Failed;
        }
    }

    private static RootCommand Create(VerbSettings settings)
    {
        var serve = ServeVerb.Create(settings);
        var root = new RootCommand(
            "Real-time analytics of card transactions. Settings of appsettings.json can follow any verb as --Section:Key=value. Without a verb: serve.")
        {
            serve,
            DemoVerb.Create(settings),
            ReplayVerb.Create(settings),
            GenerateVerb.Create(settings),
            MigrateVerb.Create(settings),
            ReconcileVerb.Create(settings),
            RedriveVerb.Create(settings),
            BenchVerb.Create(settings),
            BrokerVerb.Create(settings),
        };
        root.Action = serve.Action;
        return root;
    }
}
