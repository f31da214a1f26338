namespace Analytics.Tests.Simulation;

/// <summary>Runs many seeds, one thread for each processor; each schedule stays on one thread.</summary>
internal static class Schedules
{
    /// <summary>Runs consecutive seeds until one breaks an invariant.</summary>
    /// <returns>How many ran, their steps, and the smallest seed found to fail.</returns>
    public static (int Schedules, long Steps, int? FailingSeed) Run(int firstSeed, int count, Rule broken = Rule.None)
    {
        var next = firstSeed - 1;
        var failing = int.MaxValue;
        var done = 0;
        var steps = 0L;
        var gate = new Lock();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return (done, steps, failing == int.MaxValue ? null : failing);

        // Threads of its own: no synchronization context, so that continuations run inside the step that completes them.
        void Work()
        {
            while (true)
            {
                var seed = Interlocked.Increment(ref next);
                if (seed >= firstSeed + count || seed > Volatile.Read(ref failing))
                {
                    return;
                }

                var world = SimulatedRun.Run(seed, broken);
                lock (gate)
                {
                    done++;
                    steps += world.Steps;
                    if (world.Violation is not null)
                    {
                        failing = Math.Min(failing, seed);
                    }
                }
            }
        }
    }
}
