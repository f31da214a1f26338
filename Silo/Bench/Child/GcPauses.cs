namespace Analytics.Silo.Bench.Child;

/// <summary>Finds the longest pause by looking at the sum of all of them every few milliseconds; the runtime keeps no maximum.</summary>
internal sealed class GcPauses : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private TimeSpan _last = GC.GetTotalPauseDuration();
    private TimeSpan _longest;

    public GcPauses() => _timer = new(_ => Look(), null, Period, Period);

    /// <summary>The longest since the last call.</summary>
    public TimeSpan TakeLongest()
    {
        Look();
        lock (_lock)
        {
            var longest = _longest;
            _longest = TimeSpan.Zero;
            return longest;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_lock)
        {
            var total = GC.GetTotalPauseDuration();
            _longest = total - _last > _longest ? total - _last : _longest;
            _last = total;
        }
    }
}
