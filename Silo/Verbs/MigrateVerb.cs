using System.CommandLine;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Storage;

namespace Analytics.Silo.Verbs;

/// <summary><c>migrate</c>: brings the schema up to date.</summary>
internal static class MigrateVerb
{
    public static Command Create(VerbSettings settings)
    {
        var command = new Command("migrate", "Brings the store's schema up to date; serve does so too unless Storage:Migrate=false.");
        command.SetAction(async (_, _) =>
        {
            var storage = StorageSettings.Read(new(settings.Load()));
            var signals = new StopSignals();
            await using var services = new ServiceCollection().AddStorage(storage).BuildServiceProvider();
            var store = services.GetRequiredService<IAnalyticsStore>();
            using (var logging = LoggerFactory.Create(builder => builder.AddOneLineConsole()))
            {
                await ReadyProbes.WaitForStoreAsync(storage, store.MigrateAsync, logging.CreateLogger("Analytics.Start"), signals.Token);
            }

            Console.Out.WriteLine($"The schema is up to date: {await store.DescribeAsync(signals.Token)}");
            return 0;
        });
        return command;
    }
}
