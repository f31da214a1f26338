using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Storage.Timescale;

public static class TimescaleServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="TimescaleStore"/> as <see cref="IAnalyticsStore"/> and <see cref="IHistoryReader"/>, and an <see cref="IReconciler"/>.
    /// Nothing connects until it is first used.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="connectionString">Npgsql's keywords; what the store presets can be overridden in it.</param>
    /// <exception cref="ArgumentException">The connection string cannot be parsed or names no host.</exception>
    public static IServiceCollection AddTimescaleStorage(this IServiceCollection services, string connectionString)
    {
        // Parsed here so that a wrong value stops the start and not the first commit.
        ConnectionSettings.Parse(connectionString);
        services.AddSingleton(_ => new TimescaleStore(connectionString));
        services.AddSingleton<IAnalyticsStore>(provider => provider.GetRequiredService<TimescaleStore>());
        services.AddSingleton<IHistoryReader>(provider => provider.GetRequiredService<TimescaleStore>());
        services.AddSingleton<IReconciler>(_ => new TimescaleReconciler(connectionString));
        return services;
    }
}
