using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Analytics.Entities;

/// <summary>
/// Reaches the kept entities of any other silo of the cluster. One whose call has failed is left alone for a while: a silo of an older
/// version, in the middle of an upgrade, has no such service. Bounded by the silos that are active. Thread safe.
/// </summary>
internal sealed partial class EntityRelay(
    IServiceProvider services, ISiloStatusOracle membership, TimeProvider time, ILogger<EntityRelay> logger)
    : GrainServiceClient<IEntityRelayService>(services)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, long> _failedAt = new(StringComparer.Ordinal);

    /// <summary>Whether the silo is an active member, as far as this one knows, and the last call to it did not fail just now.</summary>
    /// <param name="silo">Its parsable address.</param>
    public bool Reaches(string silo)
    {
        if (membership.GetApproximateSiloStatus(SiloAddress.FromParsableString(silo)) != SiloStatus.Active)
        {
            _failedAt.TryRemove(silo, out _);
            return false;
        }

        return !_failedAt.TryGetValue(silo, out var failedAt) || time.GetElapsedTime(failedAt) > Pause;
    }

    /// <inheritdoc cref="IEntityRelayService.ApplyAsync"/>
    /// <param name="silo">Parsable address of the silo.</param>
    /// <param name="batches">What it gets.</param>
    /// <param name="cancellationToken">Waits no longer. The batches may be applied all the same.</param>
    /// <returns>Null when the call failed, whatever the reason: each entity has to be called.</returns>
    public async Task<RelayAnswer?> TryApplyAsync(string silo, RelayedBatch[] batches, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await GetGrainService(SiloAddress.FromParsableString(silo)).ApplyAsync(batches).AsTask().WaitAsync(cancellationToken);
            _failedAt.TryRemove(silo, out _);
            return answer;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _failedAt[silo] = time.GetTimestamp();
            LogFailed(silo, Pause, exception);
            return null;
        }
    }

    [LoggerMessage(2302, LogLevel.Warning, "{Silo} does not take the batches of all its entities by one call; each is called, for {Pause} at least.")]
    private partial void LogFailed(string silo, TimeSpan pause, Exception exception);
}
