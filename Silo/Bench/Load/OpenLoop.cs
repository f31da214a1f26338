namespace Analytics.Silo.Bench.Load;

/// <summary>Does what is due on a schedule, each once, in order, however late. For one thread.</summary>
/// <param name="schedule">When each is due.</param>
/// <param name="time">The clock that runs the schedule and names the intended times.</param>
internal sealed class OpenLoop(PaceSchedule schedule, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private long _done;
    private long _latestTicks;

    /// <summary>How many were done so far.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>The furthest that anything was behind its intended time so far: what the machine did to the generator itself.</summary>
    public TimeSpan Latest => TimeSpan.FromTicks(Interlocked.Read(ref _latestTicks));

    /// <param name="act">Given the intended time, milliseconds since the Unix epoch.</param>
    /// <param name="pause">Lets a tick pass.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public void Run(Action<long> act, Action<TimeSpan> pause, CancellationToken cancellationToken)
    {
        var (start, startedAt) = (time.GetTimestamp(), time.GetUtcNow());
        long done = 0;
        while (done < schedule.Total && !cancellationToken.IsCancellationRequested)
        {
            var elapsed = time.GetElapsedTime(start);
            var due = schedule.DueBy(elapsed);
            if (done < due)
            {
                _latestTicks = Math.Max(_latestTicks, (elapsed - schedule.DueAt(done)).Ticks);
            }

            for (; done < due && !cancellationToken.IsCancellationRequested; done++)
            {
                act((startedAt + schedule.DueAt(done)).ToUnixTimeMilliseconds());
                Interlocked.Exchange(ref _done, done + 1);
            }

            pause(Tick);
        }
    }
}
