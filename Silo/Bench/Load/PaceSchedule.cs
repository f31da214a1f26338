namespace Analytics.Silo.Bench.Load;

/// <summary>A constant rate for some time.</summary>
internal readonly record struct PaceStep(double PerSecond, TimeSpan Duration)
{
    public long Count => (long)Math.Floor(PerSecond * Duration.TotalSeconds);
}

/// <summary>
/// When each transaction is meant to be sent, known before the first is: what is late then counts as late from that moment, and a
/// sender that was held up cannot hide it (no coordinated omission).
/// </summary>
internal sealed class PaceSchedule
{
    private readonly PaceStep[] _steps;
    private readonly TimeSpan[] _startsAt;
    private readonly long[] _startsWith;

    /// <param name="steps">One after the other; each rate is above 0.</param>
    public PaceSchedule(params IReadOnlyList<PaceStep> steps)
    {
        _steps = [.. steps];
        _startsAt = new TimeSpan[steps.Count];
        _startsWith = new long[steps.Count];
        for (var i = 0; i < _steps.Length; i++)
        {
            _startsAt[i] = Duration;
            _startsWith[i] = Total;
            Duration += _steps[i].Duration;
            Total += _steps[i].Count;
        }
    }

    public long Total { get; }

    public TimeSpan Duration { get; }

    /// <summary>When a transaction is due, from the start.</summary>
    /// <param name="index">0 to <see cref="Total"/> - 1.</param>
    public TimeSpan DueAt(long index)
    {
        var i = _steps.Length - 1;
        while (_startsWith[i] > index)
        {
            i--;
        }

        return _startsAt[i] + TimeSpan.FromSeconds((index - _startsWith[i]) / _steps[i].PerSecond);
    }

    /// <summary>How many are due by then.</summary>
    public long DueBy(TimeSpan elapsed)
    {
        long due = 0;
        for (var i = 0; i < _steps.Length && _startsAt[i] <= elapsed; i++)
        {
            var sinceStep = (elapsed - _startsAt[i]).TotalSeconds;
            due = _startsWith[i] + Math.Min(_steps[i].Count, 1 + (long)Math.Floor(sinceStep * _steps[i].PerSecond));
        }

        return due;
    }
}
