using Analytics.Hosting;
using Analytics.Storage;
using Analytics.Telemetry;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Analytics.Persistence;

/// <summary>
/// The silo's write-through buffer: the last value of each changed bucket until it is durable. Grains put, one loop commits in groups, and
/// a checkpoint waits for everything that was put before it. Thread safe.
/// </summary>
internal sealed partial class WriteBuffer : BackgroundService, IBucketSink
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    // Partitions ask for a flush at the same moment, as near as a busy silo lets them: one commit is to serve them all.
    private static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(60);

    private readonly IAnalyticsStore _store;
    private readonly SiloLease _lease;
    private readonly AnalyticsOptions _options;
    private readonly AnalyticsMetrics _metrics;
    private readonly ILogger<WriteBuffer> _logger;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly List<(long Sequence, TaskCompletionSource Done)> _waiters = [];

    private readonly BufferedBuckets _buckets = new();
    private SiloFencedException? _lost;

    public WriteBuffer(
        IAnalyticsStore store, SiloLease lease, IOptions<AnalyticsOptions> options, AnalyticsMetrics metrics, ILogger<WriteBuffer> logger)
    {
        _store = store;
        _lease = lease;
        _options = options.Value;
        _metrics = metrics;
        _logger = logger;
        metrics.ObserveWriteBuffer(() => Count, _options.MaxBufferedBuckets);
    }

    /// <summary>Everything put up to this sequence is durable.</summary>
    public long CommittedSequence
    {
        get
        {
            lock (_lock)
            {
                return _buckets.CommittedSequence;
            }
        }
    }

    /// <summary>The sequence of the last value put.</summary>
    public long CurrentSequence
    {
        get
        {
            lock (_lock)
            {
                return _buckets.Sequence;
            }
        }
    }

    /// <summary>Buckets not yet durable.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>Whether the bound is reached: partitions must take no more until a commit made room.</summary>
    public bool IsFull => Count >= _options.MaxBufferedBuckets;

    public long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction)
    {
        lock (_lock)
        {
            return _buckets.Put(kind, bucket, memory, lastTransaction);
        }
    }

    /// <summary>Completes when everything put before this call is durable. Waits as long as the store is away.</summary>
    /// <exception cref="SiloFencedException">It never will be: the silo may not write any more.</exception>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            if (_buckets.CommittedSequence >= _buckets.Sequence)
            {
                return Task.CompletedTask;
            }

            if (_lost is { } lost)
            {
                return Task.FromException(lost);
            }

            done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((_buckets.Sequence, done));
        }

        Signal();
        return done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The value that is not durable yet, if there is one: it is newer than what the store holds.</summary>
    public bool TryGetPending(EntityKind kind, BucketKey key, out BucketRow row)
    {
        lock (_lock)
        {
            return _buckets.TryGetPending(kind, key, out row);
        }
    }

    /// <summary>All values of one entity that are not durable yet.</summary>
    public List<BucketRow> PendingOf(EntityKind kind, IReadOnlySet<string> entityIds)
    {
        lock (_lock)
        {
            return _buckets.PendingOf(kind, entityIds);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                // Checkpoints ask for a flush; the time limit only bounds what a silo without partitions of its own keeps.
                await _work.WaitAsync(_options.CheckpointInterval, stoppingToken);
                await Task.Delay(GatherFor, stoppingToken);

                // Whoever has asked so far is served by the commit that begins now.
                _work.Wait(0, CancellationToken.None);
                await CommitAsync(stoppingToken);
            }
        }
        catch (SiloFencedException exception)
        {
            Abandon(exception);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Cancelled, or refused at the last moment.
            await CommitLastAsync();
        }
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        BucketCommit? commit;
        lock (_lock)
        {
            commit = _buckets.BeginCommit();
        }

        if (commit is null)
        {
            return;
        }

        foreach (var (accounts, merchants) in commit.Chunks(_options.MaxBucketsPerCommit))
        {
            await CommitChunkAsync(accounts, merchants, cancellationToken);
        }

        Release(commit);
    }

    private async Task CommitChunkAsync(
        ArraySegment<BucketRow> accounts, ArraySegment<BucketRow> merchants, CancellationToken cancellationToken)
    {
        var delay = FirstRetry;
        while (true)
        {
            try
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                timeout.CancelAfter(_options.StoreTimeout);
                _lease.ThrowIfLost();
                using (_metrics.MeasureCommit())
                {
                    await _store.CommitBucketsAsync(accounts, merchants, timeout.Token);
                }

                return;
            }
            catch (Exception exception) when (exception is not SiloFencedException && !cancellationToken.IsCancellationRequested)
            {
                // Absolute values: writing them again is right whatever became of this attempt.
                BucketCommit.ForgetNew(accounts);
                BucketCommit.ForgetNew(merchants);
                _metrics.StoreFailed();
                LogCommitFailed(accounts.Count, merchants.Count, delay, exception);
                await Task.Delay(delay, cancellationToken);
                delay = delay * 2 < LastRetry ? delay * 2 : LastRetry;
            }
        }
    }

    private async Task CommitLastAsync()
    {
        using var limit = new CancellationTokenSource(_options.StoreTimeout);
        try
        {
            // What was being committed when the stop came is committed again.
            await CommitAsync(limit.Token);
        }
        catch (SiloFencedException exception)
        {
            Abandon(exception);
        }
        catch (Exception) when (limit.IsCancellationRequested)
        {
            LogNotCommitted(Count);
        }
    }

    // What is held may be wrong, and is rebuilt from the log by the silos that go on.
    private void Abandon(SiloFencedException exception)
    {
        _lease.Lose(exception);
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            _lost = exception;
            waiting = [.. _waiters.Select(w => w.Done)];
            _waiters.Clear();
        }

        waiting.ForEach(w => w.TrySetException(exception));
    }

    private void Release(BucketCommit commit)
    {
        List<TaskCompletionSource> done = [];
        lock (_lock)
        {
            _buckets.CompleteCommit(commit);
            _waiters.RemoveAll(waiter =>
            {
                if (waiter.Sequence > commit.Sequence)
                {
                    return false;
                }

                done.Add(waiter.Done);
                return true;
            });
            if (_waiters.Count > 0)
            {
                Signal();
            }
        }

        done.ForEach(d => d.TrySetResult());
    }

    private void Signal()
    {
        try
        {
            _work.Release();
        }
        catch (SemaphoreFullException)
        {
            // The loop is already told to run.
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "The store did not take {Accounts} account and {Merchants} merchant windows; nothing is lost, next try in {Delay}.")]
    private partial void LogCommitFailed(int accounts, int merchants, TimeSpan delay, Exception exception);

    [LoggerMessage(2002, LogLevel.Error, "Stopped with {Count} windows not durable: the store was away. They are rebuilt from the log at the next start.")]
    private partial void LogNotCommitted(int count);
}
