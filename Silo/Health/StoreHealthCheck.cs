using Analytics.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.Silo.Health;

/// <summary>
/// Whether the store answers. Probes share an answer, so that they put no load on it. Not ready until it has answered once; later an outage is
/// only a degradation, because live reads and new transactions need no store: taking the silo out of service would make things worse.
/// </summary>
internal sealed class StoreHealthCheck(IAnalyticsStore store, TimeProvider clock) : IHealthCheck, IDisposable
{
    /// <summary>How long an answer is taken as true.</summary>
    internal static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _one = new(1);
    private long? _askedAt;
    private HealthCheckResult _answer;
    private bool _hasAnswered;

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
            _hasAnswered = true;
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return new(
                _hasAnswered ? HealthStatus.Degraded : HealthStatus.Unhealthy,
                "The store does not answer: checkpoints stand still, history is not served; live metrics are.",
                exception);
        }
    }
}
