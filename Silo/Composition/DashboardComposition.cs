using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace Analytics.Silo.Composition;

/// <summary>Orleans' dashboard, without what it would cost on the path of every transaction.</summary>
internal static class DashboardComposition
{
    private static readonly HashSet<Type> RunByItself =
        [typeof(IIncomingGrainCallFilter), typeof(IHostedService), typeof(ILifecycleParticipant<ISiloLifecycle>)];

    /// <param name="silo">The silo.</param>
    /// <param name="profileCalls">
    /// Whether the dashboard times each grain call and shows Orleans' own counters. That is a filter around every call of the silo, and three
    /// looks at all of its activations each second: with 300,000 of them a quarter of all work.
    /// </param>
    public static ISiloBuilder AddAnalyticsDashboard(this ISiloBuilder silo, bool profileCalls)
    {
        var others = silo.Services.ToHashSet();
        silo.AddDashboard(options => options.HideTrace = true);
        if (profileCalls)
        {
            return silo;
        }

        // Any filter at all makes Orleans take the slow way into a grain, whether the filter does something or not. What runs by itself
        // listens to Orleans' meters, which turns on what is counted for each message, and reads them each second. A page that is opened
        // asks for what it shows.
        foreach (var costly in silo.Services.Where(service => RunByItself.Contains(service.ServiceType) && !others.Contains(service)).ToList())
        {
            silo.Services.Remove(costly);
        }

        return silo;
    }
}
