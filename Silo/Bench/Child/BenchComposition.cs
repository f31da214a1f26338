using Analytics.Storage;

namespace Analytics.Silo.Bench.Child;

/// <summary>What a benchmark adds to a silo.</summary>
internal static class BenchComposition
{
    public static IServiceCollection AddBench(this IServiceCollection services, BenchMode mode)
    {
        if (mode.KeepsNothing)
        {
            services.AddSingleton<ForgetfulStore>();
            services.AddSingleton<IAnalyticsStore>(provider => provider.GetRequiredService<ForgetfulStore>());
            services.AddSingleton<IHistoryReader>(provider => provider.GetRequiredService<ForgetfulStore>());
        }

        return mode.IsOn ? services.AddSingleton<GcPauses>() : services;
    }

    public static void MapBench(this WebApplication app, BenchMode mode)
    {
        if (mode.IsOn)
        {
            app.MapBench();
            BenchMode.StopWithParent(app.Lifetime.StopApplication);
        }
    }
}
