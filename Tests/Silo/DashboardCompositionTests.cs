using Analytics.Silo.Composition;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.Tests.Silo;

/// <summary>What the dashboard adds to every grain call, and to every activation each second, is there only when it was asked for.</summary>
public sealed class DashboardCompositionTests
{
    [Theory]
    [InlineData(false, 0, 0)]
    [InlineData(true, 1, 1)]
    public void Its_filter_and_its_host_run_only_with_profiled_calls(bool profileCalls, int filters, int hosts)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        var before = builder.Services.Count(IsHosted);
        builder.UseOrleans(silo => silo.AddAnalyticsDashboard(profileCalls));

        Assert.Equal(filters, builder.Services.Count(s => s.ServiceType == typeof(IIncomingGrainCallFilter)));
        Assert.Equal(hosts, builder.Services.Count(IsHosted) - before);
    }

    private static bool IsHosted(ServiceDescriptor service) => service.ServiceType == typeof(IHostedService);
}
