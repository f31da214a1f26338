namespace Analytics.Benchmarks.Gate;

/// <summary>What one part costs.</summary>
/// <param name="Ratio">Its time in times of <see cref="Reference"/>; the median of many pairs.</param>
/// <param name="Bytes">Allocated per transaction, or per read.</param>
internal sealed record GateFigures(double Ratio, double Bytes);
