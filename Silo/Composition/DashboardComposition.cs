using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace Analytics.Silo.Composition;

/// <summary>Orleans' dashboard, without what it would cost on the path of every transaction.</summary>
internal static class DashboardComposition
{
    /// <param name="silo">The silo.</param>
    /// <param name="profileCalls">
    /// Whether the dashboard times each grain call and shows Orleans' own counters. That is a filter around every call of the silo, and a
    /// second look at all of its activations, each second: with a million of them an eighth of all work.
    /// </param>
    public static ISiloBuilder AddAnalyticsDashboard(this ISiloBuilder silo, bool profileCalls)
    {
        silo.AddDashboard(options => options.HideTrace = true);
        if (!profileCalls)
        {
            // Any filter at all makes Orleans take the slow way into a grain, whether the filter does something or not.
            // Its host only listens to Orleans' meters, which by itself turns on what is counted for each message.
            foreach (var costly in silo.Services.Where(IsCostly).ToList())
            {
                silo.Services.Remove(costly);
            }
        }

        return silo;

        static bool IsCostly(ServiceDescriptor service) =>
            service.ServiceType == typeof(IIncomingGrainCallFilter)
            || (service.ServiceType == typeof(IHostedService)
                && (service.ImplementationType ?? service.ImplementationFactory?.Method.DeclaringType)?.FullName?
                    .StartsWith("Orleans.Dashboard.", StringComparison.Ordinal) == true);
    }
}
