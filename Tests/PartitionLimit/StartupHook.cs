using System.Diagnostics;
using Analytics.Hosting;
using Analytics.Tests.PartitionLimit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Streaming.Kafka;

/// <summary>
/// The runtime calls it before <c>Main</c> of a process whose environment names this assembly in DOTNET_STARTUP_HOOKS. By the event that
/// announces a host about to be built (as WebApplicationFactory does) it registers <see cref="LimitedByFile"/> after everything that the
/// executable registers, so that this is the one in effect and the executable needs to know nothing of it.
/// </summary>
/// <remarks>The runtime asks for the name, and for no namespace.</remarks>
internal static class StartupHook
{
    public static void Initialize()
    {
        var limit = new LimitFile(
            Environment.GetEnvironmentVariable(LimitFile.Variable) ?? throw new InvalidOperationException($"Set {LimitFile.Variable}."));
        DiagnosticListener.AllListeners.Subscribe(new Each<DiagnosticListener>(listener =>
        {
            if (listener.Name == "Microsoft.Extensions.Hosting")
            {
                listener.Subscribe(new Each<KeyValuePair<string, object?>>(written => Override(written, limit)));
            }
        }));
    }

    private static void Override(KeyValuePair<string, object?> written, LimitFile limit)
    {
        if (written is { Key: "HostBuilding", Value: IHostBuilder host })
        {
            host.ConfigureServices(services =>
                services.AddKeyedSingleton<ITopicPartitions>(AnalyticsStreams.Provider, (_, _) => new LimitedByFile(limit)));
        }
    }

    private sealed class Each<T>(Action<T> next) : IObserver<T>
    {
        public void OnNext(T value) => next(value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
