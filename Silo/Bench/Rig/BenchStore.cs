using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Storage;

namespace Analytics.Silo.Bench.Rig;

/// <summary>A store of this run alone, gone when it is disposed.</summary>
internal abstract class BenchStore : IAsyncDisposable
{
    /// <summary>What the report calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether anything is kept that could be counted.</summary>
    public virtual bool KeepsRows => true;

    /// <summary>What the silo is told.</summary>
    public abstract IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>Null when it costs nothing of its own, or that cannot be told.</summary>
    public virtual ICostMeter? Meter => null;

    /// <summary>Makes a store of its own for a run.</summary>
    /// <param name="configuration">Which kind, and where its server is.</param>
    /// <param name="keepsNothing">Whether there shall be none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BenchStore> CreateAsync(IConfiguration configuration, bool keepsNothing, CancellationToken cancellationToken)
    {
        if (keepsNothing)
        {
            return new NoBenchStore();
        }

        var settings = StorageSettings.Read(new(configuration));
        return settings.Provider == StorageProvider.Timescale
            ? await TimescaleBenchStore.CreateAsync(settings, cancellationToken)
            : new SqliteBenchStore();
    }

    /// <summary>Raw rows, and how many different log positions they have; null when nothing was kept.</summary>
    public abstract Task<(long Rows, long Positions)?> CountRowsAsync(CancellationToken cancellationToken);

    /// <summary>Compares every window with the raw rows; null when nothing was kept.</summary>
    public abstract Task<ReconcileReport?> ReconcileAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    protected static async Task<ReconcileReport?> ReconcileAsync(StorageSettings settings, CancellationToken cancellationToken)
    {
        const int MaxDifferences = 5;
        await using var services = new ServiceCollection().AddStorage(settings).BuildServiceProvider();
        return await services.GetRequiredService<IReconciler>().ReconcileAsync(null, null, MaxDifferences, cancellationToken);
    }
}
