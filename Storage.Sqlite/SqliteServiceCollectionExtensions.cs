using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Storage.Sqlite;

public static class SqliteServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="SqliteStore"/> as <see cref="IAnalyticsStore"/> and <see cref="IHistoryReader"/>, and an <see cref="IReconciler"/>. Nothing is
    /// opened until it is first used.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="path">The database file; it and its folder are made when they do not exist.</param>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        services.AddSingleton(_ => new SqliteStore(path));
        services.AddSingleton<IAnalyticsStore>(provider => provider.GetRequiredService<SqliteStore>());
        services.AddSingleton<IHistoryReader>(provider => provider.GetRequiredService<SqliteStore>());
        services.AddSingleton<IReconciler>(_ => new SqliteReconciler(path));
        return services;
    }
}
