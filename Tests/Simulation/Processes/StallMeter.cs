using System.Diagnostics;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// Looks ten times a second at how far every partition has come, by the overview and by the stored checkpoints, and notes for how long one
/// had records to handle and did not move. A partition that was added can move from when every silo knows it.
/// </summary>
internal sealed class StallMeter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // A stall begins with the last movement seen, a little before the fault that caused it.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _stop = new();
    private readonly SiloCluster _silos;
    private readonly IStoreProbe _store;
    private readonly LogOracle _oracle;
    private readonly TopicGrowth _growth;
    private readonly Stopwatch _clock;
    private readonly Lock _lock = new();
    private readonly PartitionProgress[] _partitions;
    private readonly List<(TimeSpan At, string Label)> _faults = [];
    private readonly Dictionary<string, TimeSpan> _longest = [];
    private readonly Task[] _looking;

    public StallMeter(SiloCluster silos, IStoreProbe store, LogOracle oracle, TopicGrowth growth, Stopwatch clock)
    {
        (_silos, _store, _oracle, _growth, _clock) = (silos, store, oracle, growth, clock);
        _partitions = [.. Enumerable.Range(0, oracle.Partitions).Select(_ => new PartitionProgress())];
        _looking = [LookAsync(LookAtOverviewAsync), LookAsync(LookAtCheckpointsAsync)];
    }

    /// <summary>The longest stall by what caused it, finished or not.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Longest
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, TimeSpan>(_longest);
            }
        }
    }

    /// <summary>The last offset known to be applied or durable of a partition.</summary>
    public long Moved(int partition)
    {
        lock (_lock)
        {
            return _partitions[partition].Through;
        }
    }

    /// <summary>From now on stalls that begin belong to this fault.</summary>
    public void Begin(string label)
    {
        lock (_lock)
        {
            _faults.Add((_clock.Elapsed, label));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_looking);
        _stop.Dispose();
    }

    private async Task LookAsync(Func<CancellationToken, Task> look)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await look(_stop.Token);
                await Task.Delay(Interval, _stop.Token);
            }
            catch (Exception) when (!_stop.IsCancellationRequested)
            {
                // The store is away, or has no tables yet.
                await Task.Delay(Interval, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                // The run is over.
            }
        }
    }

    private async Task LookAtOverviewAsync(CancellationToken cancellationToken)
    {
        var overview = await _silos.TryGetAsync("/v1/overview", cancellationToken);
        lock (_lock)
        {
            foreach (var partition in overview?["partitions"]?.AsArray() ?? [])
            {
                Move((int)partition!["partition"]!, Math.Max((long)partition["offset"]!, (long)partition["checkpoint"]!));
            }

            Measure();
        }
    }

    private async Task LookAtCheckpointsAsync(CancellationToken cancellationToken)
    {
        var checkpoints = await _store.ReadCheckpointsAsync(cancellationToken);
        lock (_lock)
        {
            foreach (var (partition, offset) in checkpoints)
            {
                Move(partition, offset);
            }
        }
    }

    private void Move(int partition, long through)
    {
        var progress = _partitions[partition];
        if (through > progress.Through)
        {
            Note(progress);
            (progress.Through, progress.StillSince) = (through, _clock.Elapsed);
        }
    }

    private void Measure()
    {
        var known = _growth.KnownToSilos;
        for (var p = 0; p < _partitions.Length; p++)
        {
            if (p < known && _oracle.End(p) > _partitions[p].Through + 1)
            {
                Note(_partitions[p]);
            }
            else
            {
                // Nothing to handle: standing still is right.
                _partitions[p].StillSince = _clock.Elapsed;
            }
        }
    }

    private void Note(PartitionProgress progress)
    {
        var since = progress.StillSince;
        var label = _faults.LastOrDefault(f => f.At <= since + Slack).Label ?? "none";
        var stall = _clock.Elapsed - since;
        if (stall > _longest.GetValueOrDefault(label))
        {
            _longest[label] = stall;
        }
    }

    private sealed class PartitionProgress
    {
        public long Through { get; set; } = -1;

        public TimeSpan StillSince { get; set; }
    }
}
