namespace Analytics.Tests.Simulation.Processes;

/// <summary>Counts what happened in a run. Thread safe.</summary>
internal sealed class FaultTally
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<FaultKind, int> _faults = [];
    private readonly SortedDictionary<string, int> _exits = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];

    public int Kills { get; private set; }

    public IReadOnlyDictionary<FaultKind, int> Faults
    {
        get
        {
            lock (_lock)
            {
                return new SortedDictionary<FaultKind, int>(_faults);
            }
        }
    }

    /// <summary>How often processes ended with which code, by what made them end.</summary>
    public IReadOnlyDictionary<string, int> Exits
    {
        get
        {
            lock (_lock)
            {
                return new SortedDictionary<string, int>(_exits, StringComparer.Ordinal);
            }
        }
    }

    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_lock)
            {
                return [.. _violations];
            }
        }
    }

    public void Add(FaultKind kind)
    {
        lock (_lock)
        {
            _faults[kind] = _faults.GetValueOrDefault(kind) + 1;
        }
    }

    public void Killed()
    {
        lock (_lock)
        {
            Kills++;
        }
    }

    public void Exited(string cause, int exitCode)
    {
        lock (_lock)
        {
            var key = $"{cause}: exit code {exitCode}";
            _exits[key] = _exits.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Notes that a silo ended after SIGTERM: it has to exit with 0, and in time.</summary>
    public void Stopped(TimeSpan took, int exitCode, TimeSpan deadline)
    {
        Exited("SIGTERM", exitCode);
        if (exitCode != 0 || took > deadline)
        {
            Violation($"a silo ended with {exitCode} {took.TotalSeconds:F1} s after SIGTERM");
        }
    }

    public void Violation(string text)
    {
        lock (_lock)
        {
            _violations.Add(text);
        }
    }
}
