using System.Diagnostics;
using Analytics.V1;

namespace Analytics.Silo.Traffic;

/// <summary>Generated traffic of a limited duration: with a rate, as many as belong to it; without one, until it is over.</summary>
/// <param name="generator">Makes the transactions.</param>
/// <param name="perSecond">0 for as fast as possible.</param>
/// <param name="duration">Counted from the first one.</param>
internal sealed class GeneratedSource(TransactionGenerator generator, double perSecond, TimeSpan duration)
{
    private readonly long _count = perSecond > 0 ? (long)(perSecond * duration.TotalSeconds) : long.MaxValue;
    private long _start;

    /// <summary>How much of the duration is over, 0 to 1.</summary>
    public double Fraction =>
        Interlocked.Read(ref _start) is not 0 and var start ? Math.Min(1, Stopwatch.GetElapsedTime(start) / duration) : 0;

    /// <summary>For one reader.</summary>
    public IEnumerable<Transaction> Read()
    {
        Interlocked.Exchange(ref _start, Stopwatch.GetTimestamp());
        for (long i = 0; i < _count && (perSecond > 0 || Fraction < 1); i++)
        {
            yield return generator.Next();
        }
    }
}
