using System.Diagnostics;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Measure;

/// <summary>One point of a run's course.</summary>
/// <param name="Seconds">Since load began.</param>
/// <param name="SentPerSecond">Since the point before.</param>
/// <param name="AppliedPerSecond">Since the point before.</param>
/// <param name="Lag">Records sent and not applied.</param>
/// <param name="Undurable">Records applied and not durable.</param>
/// <param name="P95Ms">Of what was applied since the point before; null when nothing was.</param>
internal sealed record TimePoint(double Seconds, double SentPerSecond, double AppliedPerSecond, long Lag, long Undurable, double? P95Ms);

/// <summary>Takes a snapshot every so often.</summary>
internal sealed class TimeSeries(BenchRig rig, TimeSpan period)
{
    private readonly List<TimePoint> _points = [];
    private readonly List<(long At, double LongestMs)> _pauses = [];

    /// <summary>Read after the run.</summary>
    public IReadOnlyList<TimePoint> Points => _points;

    /// <summary>The silo's longest collection pause since a snapshot, to within a period.</summary>
    public double LongestGcPauseMs(Snapshot since) =>
        _pauses.Where(pause => pause.At > since.At).Select(pause => pause.LongestMs).DefaultIfEmpty().Max();

    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="start">The first point's predecessor.</param>
    /// <param name="onSnapshot">Told each snapshot.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Snapshot start, Action<TimePoint> onSnapshot, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(period);
        var last = start;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var next = await Snapshot.TakeAsync(rig, cancellationToken);
                _pauses.Add((next.At, next.State.LongestGcPauseMs));
                var point = Point(start, last, next);
                _points.Add(point);
                onSnapshot(point);
                last = next;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private static TimePoint Point(Snapshot start, Snapshot last, Snapshot next)
    {
        var seconds = Stopwatch.GetElapsedTime(last.At, next.At).TotalSeconds;
        return new(
            Math.Round(Stopwatch.GetElapsedTime(start.At, next.At).TotalSeconds, 2),
            Math.Round((next.Sent - last.Sent) / seconds),
            Math.Round((next.State.Applied - last.State.Applied) / seconds),
            next.Lag,
            Math.Max(0, next.State.Applied - next.State.Durable),
            Latencies.Figures(Latencies.Between(last.State, next.State), 1)?.P95);
    }
}
