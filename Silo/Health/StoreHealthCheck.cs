using Analytics.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.Silo.Health;

/// <summary>Ready while the store has answered recently. Probes share an answer, so that they put no load on the store.</summary>
internal sealed class StoreHealthCheck(IAnalyticsStore store, TimeProvider clock) : IHealthCheck, IDisposable
{
    /// <summary>How long an answer is taken as true.</summary>
    internal static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _one = new(1);
    private long? _askedAt;
    private HealthCheckResult _answer;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_askedAt is null || clock.GetElapsedTime(_askedAt.Value) > AskEvery)
            {
                _answer = await AskAsync(cancellationToken);
                _askedAt = clock.GetTimestamp();
            }

            return _answer;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<HealthCheckResult> AskAsync(CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Timeout);
        try
        {
            await store.ReadCheckpointsAsync(limited.Token).WaitAsync(Timeout, clock, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The store does not answer.", exception);
        }
    }
}
