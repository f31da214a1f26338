namespace Analytics.Silo.Bench.Processes;

/// <summary>Several parts as one; null as soon as one of them cannot be told.</summary>
internal sealed class SumOfMeters(IReadOnlyList<ICostMeter> meters) : ICostMeter
{
    public TimeSpan? Processor => meters.Aggregate((TimeSpan?)TimeSpan.Zero, (sum, meter) => sum + meter.Processor);

    /// <summary>The sum of the peaks, which need not have been at one time.</summary>
    public long? PeakBytes => meters.Aggregate((long?)0, (sum, meter) => sum + meter.PeakBytes);
}
