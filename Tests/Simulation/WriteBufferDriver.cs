using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>Drives <see cref="BufferedBuckets"/> as <see cref="WriteBuffer"/> does.</summary>
internal sealed class WriteBufferDriver(
    World world, SimulatedStore store, Invariants invariants, SimulatedSilo silo, Rule broken) : IBucketSink
{
    private const int MaxBucketsPerCommit = 2;

    private readonly BufferedBuckets _buckets = new();
    private readonly List<(long Sequence, TaskCompletionSource Done)> _waiters = [];
    private bool _running;
    private (BucketRow[] Accounts, BucketRow[] Merchants)? _before;

    public BufferedBuckets Buckets => _buckets;

    public long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction)
    {
        invariants.BucketChanged(silo, kind, bucket.ToRow(kind, memory, lastTransaction));
        var sequence = _buckets.Put(kind, bucket, memory, lastTransaction);
        if (!_running)
        {
            // The time limit of the loop: a silo without partitions commits too.
            _running = true;
            world.Soon(silo, 80, () => world.Start(CommitAllAsync));
        }

        return sequence;
    }

    public Task FlushAsync()
    {
        if (_buckets.CommittedSequence >= _buckets.Sequence)
        {
            return Task.CompletedTask;
        }

        var done = new TaskCompletionSource();
        _waiters.Add((_buckets.Sequence, done));
        return done.Task;
    }

    private async Task CommitAllAsync()
    {
        while (_buckets.BeginCommit() is { } commit)
        {
            foreach (var (accounts, merchants) in commit.Chunks(MaxBucketsPerCommit))
            {
                // Copies: what a silo sent before it crashed takes effect later, as it was.
                await CommitChunkAsync([.. accounts], [.. merchants]);
            }

            if (broken == Rule.CommitOrder && _before is { } before)
            {
                await CommitChunkAsync(before.Accounts, before.Merchants);
            }

            _before = ([.. commit.Accounts], [.. commit.Merchants]);
            _buckets.CompleteCommit(commit);
            foreach (var waiter in _waiters.Where(w => w.Sequence <= commit.Sequence).ToList())
            {
                _waiters.Remove(waiter);
                waiter.Done.SetResult();
            }
        }

        _running = false;
    }

    private async Task CommitChunkAsync(BucketRow[] accounts, BucketRow[] merchants)
    {
        while (true)
        {
            try
            {
                await store.CommitBucketsAsync(silo, accounts, merchants);
                return;
            }
            catch (StoreUnavailableException)
            {
                BucketCommit.ForgetNew(accounts);
                BucketCommit.ForgetNew(merchants);
                await world.DelayAsync(silo, world.Random.Next(5, 30));
            }
        }
    }
}
