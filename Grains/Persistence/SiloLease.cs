using Analytics.Hosting;
using Analytics.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Analytics.Persistence;

/// <summary>
/// This silo's right to write, and the fence around those that lost theirs (DESIGN.md section 4, rule 7). Thread safe.
/// </summary>
internal sealed partial class SiloLease(
    IAnalyticsStore store,
    IMembershipReader membership,
    ILocalSiloDetails silo,
    IHostApplicationLifetime lifetime,
    IOptions<AnalyticsOptions> options,
    ILogger<SiloLease> logger) : ISiloLease
{
    private readonly string _silo = silo.SiloAddress.ToParsableString();
    private readonly DeadSilos _dead = new();

    // Of the run that is under way; there is one at a time.
    private SiloMembership? _newest;

    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private Task? _next;
    private SiloFencedException? _lost;

    public bool IsLost => Volatile.Read(ref _lost) is not null;

    /// <summary>From now on every commit of the silo is checked.</summary>
    /// <exception cref="SiloFencedException">The cluster has declared this silo dead before it began.</exception>
    public Task OpenAsync(CancellationToken cancellationToken) => store.OpenLeaseAsync(_silo, cancellationToken);

    /// <summary>
    /// Completes when every silo that was declared dead before this call is fenced: what is loaded after it stays as it is until this
    /// silo changes it. Calls at the same time share the work.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Membership or store did not answer; nothing may be loaded.</exception>
    public Task FenceDeadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // One that runs already may have read the membership before the death that this caller acts upon.
            return (_next ??= FenceAfterAsync(_running)).WaitAsync(cancellationToken);
        }
    }

    /// <exception cref="SiloFencedException">The silo lost its lease and must not write.</exception>
    public void ThrowIfLost()
    {
        if (Volatile.Read(ref _lost) is { } lost)
        {
            throw lost;
        }
    }

    /// <summary>Ends all writing of this silo, for good, and stops its host.</summary>
    public void Lose(SiloFencedException reason)
    {
        if (Interlocked.CompareExchange(ref _lost, reason, null) is null)
        {
            LogLost(_silo, reason);

            // Whoever finds out may be a grain that the stopping host waits for.
            _ = Task.Run(lifetime.StopApplication);
        }
    }

    private async Task FenceAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            (_running, _next) = (_next!, null);
        }

        using var timeout = new CancellationTokenSource(options.Value.StoreTimeout);
        try
        {
            _newest = await ReadMembershipAsync(timeout.Token);
            var dead = _dead.ToFence(_newest.Silos);
            if (dead.Count > 0)
            {
                await store.FenceAsync(dead, timeout.Token);
                _dead.Fenced(dead);
                LogFenced(string.Join(", ", dead));
            }
        }
        catch (OperationCanceledException exception)
        {
            throw new StoreUnavailableException(
                $"Dead silos were not fenced within {options.Value.StoreTimeout}; nothing is loaded before they are.", exception);
        }
    }

    // A table that lost its content, or a copy of it, may answer with less than was known: a silo that is missing there is not dead.
    private async Task<SiloMembership> ReadMembershipAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = await membership.ReadAsync(cancellationToken);
            return _newest is { } newest && newest.Version > read.Version ? newest : read;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new StoreUnavailableException(
                $"The cluster's membership cannot be read ({exception.Message}); nothing is loaded before dead silos are known. Check Clustering:Redis.",
                exception);
        }
    }

    [LoggerMessage(2011, LogLevel.Critical, "Silo {Silo} may not write any more; it stops, writing nothing. What was not durable is rebuilt from the log elsewhere.")]
    private partial void LogLost(string silo, Exception exception);

    [LoggerMessage(2012, LogLevel.Information, "Fenced dead silos: {Silos}.")]
    private partial void LogFenced(string silos);
}
