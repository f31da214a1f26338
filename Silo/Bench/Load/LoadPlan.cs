namespace Analytics.Silo.Bench.Load;

/// <summary>A stretch of load.</summary>
internal sealed record LoadStretch(ILoadSource Source, PaceStep Pace);

/// <summary>All the load of a run.</summary>
/// <param name="WarmUp">What comes before measuring; may be empty.</param>
/// <param name="Measured">What is measured; not empty.</param>
internal sealed record LoadPlan(IReadOnlyList<LoadStretch> WarmUp, IReadOnlyList<LoadStretch> Measured)
{
    /// <summary>Whether transactions of now may be put between: they would make those of years ago late.</summary>
    public bool TakesProbes { get; init; } = true;

    /// <summary>
    /// Whether the run fails when the rate is not sustained. A file is over before a silo that has just been started is warm: there the rate
    /// counts until everything is applied.
    /// </summary>
    public bool MustSustain { get; init; } = true;

    public TimeSpan WarmUpDuration => WarmUp.Aggregate(TimeSpan.Zero, (sum, stretch) => sum + stretch.Pace.Duration);

    public TimeSpan MeasuredDuration => Measured.Aggregate(TimeSpan.Zero, (sum, stretch) => sum + stretch.Pace.Duration);

    public PaceSchedule Schedule => new([.. WarmUp.Concat(Measured).Select(stretch => stretch.Pace)]);

    /// <summary>Whose accounts are read meanwhile.</summary>
    public ILoadSource Main => Measured[0].Source;

    /// <summary>Sends the next of all; gives each in turn to its stretch's source.</summary>
    public Action<long> SendTo(LoadClient client)
    {
        var stretches = WarmUp.Concat(Measured).ToArray();
        var (index, left) = (0, stretches[0].Pace.Count);
        return intendedMs =>
        {
            while (left == 0)
            {
                left = stretches[++index].Pace.Count;
            }

            left--;
            stretches[index].Source.SendNext(client, intendedMs);
        };
    }
}
