using Analytics.Silo.Bench.Child;
using Analytics.Storage;

namespace Analytics.Silo.Bench.Rig;

/// <summary>No store at all.</summary>
internal sealed class NoBenchStore : BenchStore
{
    public override string Name => "none (compute only)";

    public override bool KeepsRows => false;

    public override IReadOnlyDictionary<string, string?> Settings { get; } =
        new Dictionary<string, string?> { [BenchMode.StoreKey] = BenchMode.NoStore, ["Storage:Provider"] = "Sqlite" };

    public override Task<(long Rows, long Positions)?> CountRowsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<(long, long)?>(null);

    public override Task<ReconcileReport?> ReconcileAsync(CancellationToken cancellationToken) => Task.FromResult<ReconcileReport?>(null);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
