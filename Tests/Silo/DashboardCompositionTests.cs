using Analytics.Silo.Composition;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Analytics.Tests.Silo;

/// <summary>What the dashboard adds to every grain call, and to every activation each second, is there only when it was asked for.</summary>
public sealed class DashboardCompositionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_it_runs_by_itself_but_with_profiled_calls(bool profileCalls)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddAnalyticsDashboard(profileCalls));
        await using var services = builder.Services.BuildServiceProvider();

        Assert.Equal(profileCalls ? 1 : 0, services.GetServices<IIncomingGrainCallFilter>().Count());
        var running = services.GetServices<IHostedService>()
            .Concat<object>(services.GetServices<ILifecycleParticipant<ISiloLifecycle>>())
            .Select(service => service.GetType())
            .Where(type => type.Namespace!.StartsWith("Orleans.Dashboard", StringComparison.Ordinal));

        Assert.Equal(profileCalls, running.Any());
    }
}
