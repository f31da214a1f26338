using Analytics.Persistence;
using Analytics.Storage;
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
    private BucketCommit? _before;

    public BufferedBuckets Buckets => _buckets;

    public long Put(EntityKind kind, in BucketRow row)
    {
        invariants.BucketChanged(silo, kind, row);
        var sequence = _buckets.Put(kind, row);
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
            BucketRow[][] accounts = [.. commit.Accounts.Chunk(MaxBucketsPerCommit)];
            BucketRow[][] merchants = [.. commit.Merchants.Chunk(MaxBucketsPerCommit)];
            for (var i = 0; i < Math.Max(accounts.Length, merchants.Length); i++)
            {
                await CommitChunkAsync(i < accounts.Length ? accounts[i] : [], i < merchants.Length ? merchants[i] : []);
            }

            if (broken == Rule.CommitOrder && _before is { } before)
            {
                await CommitChunkAsync(before.Accounts, before.Merchants);
            }

            _before = commit;
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
                await world.DelayAsync(silo, world.Random.Next(5, 30));
            }
        }
    }
}
