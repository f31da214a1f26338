using System.CommandLine;

namespace Analytics.Silo.Verbs;

/// <summary><c>serve</c>: silo and API until the process is asked to stop.</summary>
internal static class ServeVerb
{
    public static Command Create(VerbSettings settings)
    {
        var command = new Command("serve", "Runs silo and API; with nothing configured, broker and store are embedded.");
        command.SetAction((_, _) => ServeRun.RunAsync(settings.Load(), host => host.WaitForShutdownAsync()));
        return command;
    }
}
