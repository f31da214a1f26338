using Analytics.Storage;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>
/// The store: each call is one transaction that takes effect at one instant, some time after it was sent and before it is answered. It may
/// fail before that or lose its answer after it, and a crash of the caller does not take it back.
/// </summary>
internal sealed class SimulatedStore(World world, Invariants invariants, Rule broken, double faultRate)
{
    private readonly Dictionary<(EntityKind Kind, BucketKey Key), BucketRow> _buckets = [];
    private readonly Dictionary<int, Checkpoint> _checkpoints = [];
    private readonly Dictionary<int, List<RawRow>> _rows = [];
    private readonly HashSet<SimulatedSilo> _fenced = [];

    public long DownUntilMs { get; set; }

    public IReadOnlyDictionary<(EntityKind Kind, BucketKey Key), BucketRow> Buckets => _buckets;

    public Checkpoint? CheckpointOf(int partition) => _checkpoints.TryGetValue(partition, out var found) ? found : null;

    public IReadOnlyList<RawRow> RowsOf(int partition) => _rows.TryGetValue(partition, out var rows) ? rows : [];

    /// <summary>Fences a silo's lease: done by a survivor, and repeated until it is.</summary>
    public async Task FenceAsync(SimulatedSilo dead)
    {
        do
        {
            await world.DelayAsync(null, world.Random.Next(2, 40));
        }
        while (DownUntilMs > world.NowMs);

        _fenced.Add(dead);
        world.Note($"{dead} is fenced");
    }

    public Task<Checkpoint?> ReadCheckpointAsync(SimulatedSilo silo, int partition) => CallAsync(silo, () => CheckpointOf(partition));

    public Task<List<RawRow>> ReadRecentAsync(SimulatedSilo silo, int partition, long sinceMicros, int limit) =>
        CallAsync(silo, () => RowsOf(partition).Where(r => r.IngestedAtMicros >= sinceMicros).TakeLast(limit).ToList());

    public Task<List<BucketRow>> LoadEntityAsync(SimulatedSilo silo, EntityKind kind, string id, long fromMinute) => CallAsync(
        silo,
        () =>
        {
            var all = _buckets.Where(b => b.Key.Kind == kind && b.Key.Key.EntityId == id).Select(b => b.Value).ToList();
            var kept = all.Where(r => r.WindowStartMinute >= fromMinute).ToList();
            return kept.Count > 0 || all.Count == 0 ? kept : [all.MaxBy(r => r.WindowStartMinute)];
        });

    public Task<List<BucketRow>> LoadBucketsAsync(SimulatedSilo silo, EntityKind kind, List<BucketKey> keys) => CallAsync(
        silo, () => keys.Where(k => _buckets.ContainsKey((kind, k))).Select(k => _buckets[(kind, k)]).ToList());

    public Task<bool> CommitBucketsAsync(SimulatedSilo silo, BucketRow[] accounts, BucketRow[] merchants) => CallAsync(
        silo,
        () =>
        {
            CheckFence(silo);
            if (CallsStoredNew(EntityKind.Account, accounts) || CallsStoredNew(EntityKind.Merchant, merchants))
            {
                if (broken == Rule.None)
                {
                    world.Fail($"{silo} calls a bucket new that is stored");
                }

                throw new StoreUnavailableException("A bucket that was called new is stored already.", new InvalidOperationException());
            }

            world.Note($"store: {silo} commits {accounts.Length} account and {merchants.Length} merchant buckets");
            Write(silo, EntityKind.Account, accounts);
            Write(silo, EntityKind.Merchant, merchants);
            return true;
        });

    public Task<bool> CommitCheckpointAsync(
        SimulatedSilo silo, Checkpoint? expected, Checkpoint next, IReadOnlyList<RawRow> rows) => CallAsync(
        silo,
        () =>
        {
            CheckFence(silo);
            var stored = CheckpointOf(next.Position.Partition);
            if (stored?.Position != expected?.Position && broken != Rule.ConditionalMove)
            {
                world.Note($"store: {silo} may not move the checkpoint from {expected?.Position} to {next.Position}, it is {stored?.Position}");
                return false;
            }

            world.Note($"store: {silo} moves the checkpoint from {expected?.Position} to {next.Position}");
            _checkpoints[next.Position.Partition] = next;
            if (!_rows.TryGetValue(next.Position.Partition, out var all))
            {
                _rows.Add(next.Position.Partition, all = []);
            }

            all.AddRange(rows);
            invariants.CheckpointMoved(this, stored, next);
            return true;
        });

    // As a store that appends what is called new.
    private bool CallsStoredNew(EntityKind kind, BucketRow[] rows) =>
        rows.Any(row => row.IsNew && _buckets.ContainsKey((kind, new(row.EntityId, row.Currency, row.WindowStartMinute))));

    private void CheckFence(SimulatedSilo silo)
    {
        if (_fenced.Contains(silo) && broken != Rule.Fence)
        {
            world.Note($"store: {silo} is fenced and leaves");
            silo.Crashed = true;
            throw new SiloLeftException();
        }
    }

    private void Write(SimulatedSilo silo, EntityKind kind, BucketRow[] rows)
    {
        foreach (var row in rows)
        {
            _buckets[(kind, new(row.EntityId, row.Currency, row.WindowStartMinute))] = row with { IsNew = false };
            invariants.BucketStored(this, silo, kind, row);
        }
    }

    private Task<T> CallAsync<T>(SimulatedSilo silo, Func<T> transaction)
    {
        var answer = new TaskCompletionSource<T>();
        world.Soon(null, world.Chance(0.05) ? 120 : 12, () =>
        {
            // Sent, but the silo died: whether the server got it is open.
            if ((silo.Crashed && world.Random.Next(2) == 0) || DownUntilMs > world.NowMs || world.Chance(faultRate))
            {
                FailLater("did not take effect");
                return;
            }

            T result;
            try
            {
                result = transaction();
            }
            catch (SiloLeftException exception)
            {
                answer.SetException(exception);
                return;
            }
            catch (StoreUnavailableException)
            {
                FailLater("was refused");
                return;
            }

            if (world.Chance(faultRate))
            {
                FailLater("took effect");
            }
            else
            {
                world.Soon(silo, 6, () => answer.SetResult(result));
            }
        });
        return answer.Task;

        void FailLater(string what) => world.Soon(silo, 20, () =>
        {
            world.Note($"store: a call of {silo} failed; it {what}");
            answer.SetException(new StoreUnavailableException("simulated", new InvalidOperationException()));
        });
    }
}
