using Analytics.Tests.PartitionLimit;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// How many partitions of the topic each producer and each silo knows. The embedded broker cannot add any, so it has all of them from the
/// beginning: producers keep to the number that they were told, and a startup hook hides the rest from the silos. Thread safe.
/// </summary>
internal sealed class TopicGrowth
{
    private readonly Lock _lock = new();
    private readonly LimitFile[] _limits;
    private readonly string[] _paths;
    private readonly int[] _silos;
    private readonly int[] _producers;
    private readonly bool _isPlanned;
    private readonly List<int> _sizes;
    private long _writtenBeforeKnown;

    /// <param name="folder">Where the silos' files are; there before the first of them starts.</param>
    /// <param name="silos">How many places of silos, each of which learns by itself, and knows what it knew after a restart.</param>
    /// <param name="partitions">What everyone knows at first.</param>
    /// <param name="isPlanned">Whether it will change; silos run as they are where it will not.</param>
    public TopicGrowth(string folder, int silos, int partitions, bool isPlanned)
    {
        _paths = [.. Enumerable.Range(0, silos).Select(i => Path.Combine(folder, $"partitions-{i}"))];
        _limits = [.. _paths.Select(p => new LimitFile(p))];
        (_silos, _producers) = (new int[silos], new int[TransactionLoad.Producers]);
        Array.Fill(_producers, partitions);
        (_isPlanned, _sizes) = (isPlanned, [partitions]);
        for (var i = 0; i < silos; i++)
        {
            TellSilo(i, partitions);
        }
    }

    /// <summary>What the topic had at first, and after each addition.</summary>
    public IReadOnlyList<int> Sizes => _sizes;

    /// <summary>Partitions below it are known to every silo.</summary>
    public int KnownToSilos
    {
        get
        {
            lock (_lock)
            {
                return _silos.Min();
            }
        }
    }

    /// <summary>Partitions below it are known to everyone.</summary>
    public int KnownToAll
    {
        get
        {
            lock (_lock)
            {
                return Math.Min(_silos.Min(), _producers.Min());
            }
        }
    }

    /// <summary>Records that were in new partitions before any silo could know of these.</summary>
    public long WrittenBeforeKnown => Interlocked.Read(ref _writtenBeforeKnown);

    public int KnownToProducer(int producer)
    {
        lock (_lock)
        {
            return _producers[producer];
        }
    }

    /// <summary>What makes the process of a place see its own number only.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(int silo) => _isPlanned
        ? new Dictionary<string, string>
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(LimitFile).Assembly.Location,
            [LimitFile.Variable] = _paths[silo],
        }
        : new Dictionary<string, string>();

    /// <summary>
    /// A producer chooses among so many partitions from now on; not fewer than it knew, for an addition may begin before the one before it is
    /// known to all.
    /// </summary>
    public void TellProducer(int producer, int partitions)
    {
        lock (_lock)
        {
            _producers[producer] = Math.Max(partitions, _producers[producer]);
        }
    }

    /// <summary>The silo in a place is let see so many, and not fewer than before.</summary>
    public void TellSilo(int silo, int partitions)
    {
        lock (_lock)
        {
            _silos[silo] = Math.Max(partitions, _silos[silo]);
            _limits[silo].Write(_silos[silo]);
        }
    }

    /// <summary>
    /// Everyone learns of a larger number, each at a moment of its own within the length of the fault: first the producers, in whose new partitions
    /// records then wait for a reader, or first the silos.
    /// </summary>
    public async Task GrowAsync(FaultRun run, Fault fault, CancellationToken cancellationToken)
    {
        var began = run.Clock.Elapsed;
        var before = _sizes[^1];
        _sizes.Add(fault.Partitions);
        long? waiting = null;
        foreach (var (at, isSilo, number) in Moments(fault, _silos.Length, _producers.Length))
        {
            var wait = began + at - run.Clock.Elapsed;
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellationToken);
            if (!isSilo)
            {
                TellProducer(number, fault.Partitions);
                continue;
            }

            waiting ??= CountWaiting(run, before, fault.Partitions);
            run.Meter.Begin(fault.Kind.ToString());
            TellSilo(number, fault.Partitions);
        }

        run.Write($"{fault.Partitions} partitions are known to all; {waiting} records waited for the first silo to know");
    }

    /// <summary>Who learns when, in that order.</summary>
    public static IReadOnlyList<(TimeSpan At, bool IsSilo, int Number)> Moments(Fault fault, int silos, int producers)
    {
        var random = new Random(fault.Variant);
        var silosFirst = fault.Variant % 2 == 1;
        return
        [
            .. Enumerable.Range(0, producers).Select(i => (At(!silosFirst), false, i))
                .Concat(Enumerable.Range(0, silos).Select(i => (At(silosFirst), true, i)))
                .OrderBy(m => m.Item1),
        ];

        TimeSpan At(bool isFirst) => fault.Length * ((isFirst ? 0 : 0.5) + (random.NextDouble() / 2));
    }

    private long CountWaiting(FaultRun run, int from, int to)
    {
        int known;
        lock (_lock)
        {
            known = _silos.Max();
        }

        // The next addition may have told a silo already.
        var hidden = Enumerable.Range(0, to).Skip(Math.Max(from, known)).ToList();
        Assert.All(hidden, p => Assert.True(run.Meter.Moved(p) < 0, $"A silo has read partition {p}, which was hidden from it."));
        var waiting = hidden.Sum(run.Oracle.End);
        Interlocked.Add(ref _writtenBeforeKnown, waiting);
        return waiting;
    }
}
