using System.Runtime.CompilerServices;

namespace Analytics.Tests.Simulation;

/// <summary>
/// The clock, the dice and the order of events of one run. Single-threaded: every wait of the simulated code ends in one step of this queue,
/// and its continuation runs inside that step, so that a seed decides everything. It takes that each task has one awaiter (<see cref="Gate"/>).
/// </summary>
internal sealed class World(int seed, bool tracing)
{
    // Far beyond what a schedule needs to come to rest: one that takes longer makes no progress.
    private const int MaxSteps = 40_000;

    // By time, then by the order in which they were asked for: both in one number, which compares faster than a pair.
    private readonly PriorityQueue<(SimulatedSilo? Silo, Action Action), long> _steps = new();
    private uint _order;

    public Random Random { get; } = new(seed);

    public long NowMs { get; private set; }

    public int Steps { get; private set; }

    /// <summary>What happened, in order; null when nobody wants to read it.</summary>
    public List<string>? Schedule { get; } = tracing ? [] : null;

    /// <summary>The first invariant that did not hold; null while all do.</summary>
    public string? Violation { get; private set; }

    /// <summary>Whether faults still happen. Afterwards everything must come to rest.</summary>
    public bool IsFaulty { get; set; } = true;

    public bool Chance(double probability) => IsFaulty && Random.NextDouble() < probability;

    public void Note(string what) => Schedule?.Add($"{NowMs,6} ms  {what}");

    /// <summary>As <see cref="Note(string)"/>; nothing is formatted while nobody wants to read it.</summary>
    public void Note([InterpolatedStringHandlerArgument("")] ref NoteText what)
    {
        if (Schedule is not null)
        {
            Note(what.ToStringAndClear());
        }
    }

    public void Fail(string violation)
    {
        Violation ??= violation;
        Schedule?.Add($"{NowMs,6} ms  VIOLATION: {violation}");
    }

    /// <summary>Runs an action later: never on a silo that crashed meanwhile, and after the thaw on one that is frozen.</summary>
    public void After(long delayMs, SimulatedSilo? silo, Action action) =>
        _steps.Enqueue((silo, action), Key(NowMs + delayMs, _order++));

    /// <summary>As <see cref="After"/>, at a random time.</summary>
    public void Soon(SimulatedSilo? silo, int maxMs, Action action) => After(Random.Next(1, maxMs + 1), silo, action);

    public Task DelayAsync(SimulatedSilo? silo, long delayMs)
    {
        var done = new TaskCompletionSource();
        After(delayMs, silo, done.SetResult);
        return done.Task;
    }

    /// <summary>Starts what runs by itself; an exception that it does not expect is a violation.</summary>
    public async void Start(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (SiloLeftException)
        {
            // Its silo is out of the cluster.
        }
        catch (Exception exception)
        {
            Fail($"unexpected {exception}");
        }
    }

    /// <summary>Runs until everything is at rest or an invariant is broken.</summary>
    public void Run(Func<bool> isAtRest)
    {
        while (Violation is null && !isAtRest())
        {
            if (!_steps.TryDequeue(out var step, out var when))
            {
                Fail("nothing happens any more, and not everything is durable");
                return;
            }

            NowMs = Math.Max(NowMs, when >> 32);
            if (step.Silo is { Crashed: true })
            {
                continue;
            }

            if (step.Silo is { } silo && silo.FrozenUntilMs > NowMs)
            {
                _steps.Enqueue(step, Key(silo.FrozenUntilMs, (uint)when));
                continue;
            }

            if (++Steps > MaxSteps)
            {
                Fail($"no rest after {MaxSteps} steps");
                return;
            }

            try
            {
                step.Action();
            }
            catch (Exception exception)
            {
                Fail($"unexpected {exception}");
            }
        }
    }

    private static long Key(long atMs, uint order) => (atMs << 32) | order;
}
