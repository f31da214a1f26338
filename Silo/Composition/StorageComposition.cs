using Analytics.Silo.Configuration;
using Analytics.Storage.Sqlite;
using Analytics.Storage.Timescale;

namespace Analytics.Silo.Composition;

/// <summary>The store behind the grains and the history, and the grain storage for what changes seldom.</summary>
internal static class StorageComposition
{
    public static IServiceCollection AddStorage(this IServiceCollection services, StorageSettings settings) => settings.Provider switch
    {
        StorageProvider.Timescale => services.AddTimescaleStorage(settings.ConnectionString!),
        _ => services.AddSqliteStorage(settings.Path),
    };

    public static ISiloBuilder AddGrainStorage(this ISiloBuilder silo, StorageSettings settings) => settings.Provider switch
    {
        StorageProvider.Timescale => silo.AddAdoNetGrainStorageAsDefault(options =>
        {
            options.Invariant = "Npgsql";
            options.ConnectionString = settings.ConnectionString!;
        }),
        _ => silo.AddMemoryGrainStorageAsDefault(),
    };
}
