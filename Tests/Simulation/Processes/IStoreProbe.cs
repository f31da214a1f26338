namespace Analytics.Tests.Simulation.Processes;

/// <summary>Looks into a store with SQL of its own, past the program.</summary>
internal interface IStoreProbe : IAsyncDisposable
{
    /// <summary>The settings by which a verb finds the store.</summary>
    IReadOnlyList<string> Settings { get; }

    /// <summary>The checkpointed offset by partition.</summary>
    Task<IReadOnlyDictionary<int, long>> ReadCheckpointsAsync(CancellationToken cancellationToken);

    /// <summary>Every raw row.</summary>
    IAsyncEnumerable<(int Partition, long Offset, string TransactionId, bool IsLate)> ReadRowsAsync(CancellationToken cancellationToken);

    /// <summary>Whether the last silo that listened on a port was fenced by the others.</summary>
    Task<bool> IsFencedAsync(int siloPort, CancellationToken cancellationToken);
}
