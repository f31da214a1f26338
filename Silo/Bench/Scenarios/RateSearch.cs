namespace Analytics.Silo.Bench.Scenarios;

/// <summary>
/// Searches for the highest rate that is sustained: in steps of half as much again until there is one that is and one that is not, then
/// half-way between them. Pure.
/// </summary>
/// <param name="start">The first rate to try.</param>
/// <param name="precision">Ends when the two differ by no more than this share.</param>
internal sealed class RateSearch(double start, double precision)
{
    private const double Step = 1.5;

    // Below that nothing is worth searching for.
    private const double Smallest = 100;

    /// <summary>The highest rate that was sustained; null for none yet.</summary>
    public double? Best { get; private set; }

    /// <summary>The lowest rate that was not; null for none yet.</summary>
    public double? TooMuch { get; private set; }

    /// <summary>What to try next; null when the search is over.</summary>
    public double? Next => (Best, TooMuch) switch
    {
        (null, null) => start,
        ({ } best, null) => best * Step,
        (null, { } tooMuch) => tooMuch / Step < Smallest ? null : tooMuch / Step,
        ({ } best, { } tooMuch) => tooMuch - best <= best * precision ? null : (best + tooMuch) / 2,
    };

    /// <summary>Takes the outcome of a try. A slower one that fails after a faster one did not is noise: the faster one does not count then.</summary>
    public void Add(double perSecond, bool isSustained)
    {
        if (isSustained)
        {
            Best = Math.Max(Best ?? 0, perSecond);
            TooMuch = TooMuch > perSecond ? TooMuch : null;
        }
        else
        {
            TooMuch = Math.Min(TooMuch ?? double.MaxValue, perSecond);
            Best = Best < perSecond ? Best : null;
        }
    }
}
