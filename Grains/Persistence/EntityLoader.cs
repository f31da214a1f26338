using System.Threading.Channels;
using Analytics.Hosting;
using Analytics.Storage;
using Analytics.Windowing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Analytics.Persistence;

/// <summary>
/// Reads the state of activating entities: what many of them ask for at the same time becomes one query. Values that the silo's write
/// buffer still holds win over what the store answers.
/// </summary>
internal sealed class EntityLoader(
    IAnalyticsStore store, WriteBuffer buffer, SiloLease lease, IOptions<AnalyticsOptions> options) : BackgroundService
{
    private const int MaxEntitiesPerQuery = 2_000;

    // Unbounded by itself: callers are grain calls, each waiting for its answer, and batches bound how many there are.
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>();

    /// <summary>An entity's buckets from a minute on, or its newest one when there are none; empty when it was never seen.</summary>
    /// <param name="kind">Accounts or merchants.</param>
    /// <param name="entityId">Which one.</param>
    /// <param name="fromMinute">First window start wanted, minutes since the Unix epoch.</param>
    /// <param name="forWriting">
    /// Whether events will be applied to the answer: then every dead silo is fenced before the store is read. A reader only shows it.
    /// </param>
    /// <exception cref="StoreUnavailableException">The store did not answer; asking again is right.</exception>
    public async Task<IReadOnlyList<BucketRow>> LoadAsync(EntityKind kind, string entityId, long fromMinute, bool forWriting)
    {
        var request = new Request(kind, entityId, fromMinute, forWriting, new(TaskCreationOptions.RunContinuationsAsynchronously));
        await _requests.Writer.WriteAsync(request);
        return await request.Answer.Task;
    }

    /// <summary>Single buckets older than what an entity keeps in memory.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; asking again is right.</exception>
    public async Task<IReadOnlyList<BucketRow>> LoadBucketsAsync(EntityKind kind, IReadOnlyList<BucketKey> keys)
    {
        List<BucketRow> pending = [];
        List<BucketKey> wanted = [];
        foreach (var key in keys)
        {
            if (buffer.TryGetPending(kind, key, out var row))
            {
                pending.Add(row);
            }
            else
            {
                wanted.Add(key);
            }
        }

        if (wanted.Count == 0)
        {
            return pending;
        }

        var request = new Request(
            kind, wanted[0].EntityId, 0, true, new(TaskCreationOptions.RunContinuationsAsynchronously))
        { Keys = wanted };
        await _requests.Writer.WriteAsync(request);
        return [.. pending, .. await request.Answer.Task];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Request> batch = new(MaxEntitiesPerQuery);
        try
        {
            while (await _requests.Reader.WaitToReadAsync(stoppingToken))
            {
                while (batch.Count < MaxEntitiesPerQuery && _requests.Reader.TryRead(out var request))
                {
                    batch.Add(request);
                }

                await Task.WhenAll(batch.GroupBy(r => (r.Kind, IsForBuckets: r.Keys is not null))
                    .Select(group => AnswerAsync(group.Key.Kind, group.Key.IsForBuckets, [.. group], stoppingToken)));
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Activations that still wait are refused below, so that nothing hangs while the silo stops.
        }
        finally
        {
            _requests.Writer.TryComplete();
            while (_requests.Reader.TryRead(out var request))
            {
                batch.Add(request);
            }

            batch.ForEach(r => r.Answer.TrySetException(new StoreUnavailableException("The silo is stopping.", new OperationCanceledException())));
        }
    }

    private async Task AnswerAsync(EntityKind kind, bool isForBuckets, List<Request> requests, CancellationToken stoppingToken)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            timeout.CancelAfter(options.Value.StoreTimeout);
            if (requests.Any(r => r.ForWriting))
            {
                await lease.FenceDeadAsync(timeout.Token);
            }

            await (isForBuckets ? AnswerBucketsAsync(kind, requests, timeout.Token) : AnswerEntitiesAsync(kind, requests, timeout.Token));
        }
        catch (OperationCanceledException exception)
        {
            requests.ForEach(r => r.Answer.TrySetException(new StoreUnavailableException(TimedOut(), exception)));
        }
        catch (Exception exception)
        {
            requests.ForEach(r => r.Answer.TrySetException(exception));
        }
    }

    private async Task AnswerEntitiesAsync(EntityKind kind, List<Request> requests, CancellationToken cancellationToken)
    {
        var ids = requests.Select(r => r.EntityId).ToHashSet(StringComparer.Ordinal);

        // Pending first: a bucket that becomes durable between the two is then in both, never in neither.
        var pending = buffer.PendingOf(kind, ids).ToLookup(r => r.EntityId, StringComparer.Ordinal);
        var states = await store.LoadEntitiesAsync(kind, [.. ids], requests.Min(r => r.FromMinute), cancellationToken);
        var stored = states.ToDictionary(s => s.EntityId, s => s.Buckets, StringComparer.Ordinal);
        foreach (var request in requests)
        {
            request.Answer.TrySetResult([.. pending[request.EntityId], .. stored[request.EntityId]]);
        }
    }

    private async Task AnswerBucketsAsync(EntityKind kind, List<Request> requests, CancellationToken cancellationToken)
    {
        var keys = requests.SelectMany(r => r.Keys!).Distinct().ToList();
        var stored = (await store.LoadBucketsAsync(kind, keys, cancellationToken)).ToLookup(r => r.EntityId, StringComparer.Ordinal);
        foreach (var request in requests)
        {
            request.Answer.TrySetResult([.. stored[request.EntityId]]);
        }
    }

    private string TimedOut() => $"The store did not answer within {options.Value.StoreTimeout}.";

    private sealed record Request(
        EntityKind Kind, string EntityId, long FromMinute, bool ForWriting, TaskCompletionSource<IReadOnlyList<BucketRow>> Answer)
    {
        /// <summary>Set when single buckets of the entity are wanted.</summary>
        public IReadOnlyList<BucketKey>? Keys { get; init; }
    }
}
