namespace Analytics.Benchmarks.Gate;

/// <summary>Compares with the baseline. Pure.</summary>
internal static class GateVerdict
{
    /// <summary>By how much a figure may be larger than the baseline.</summary>
    public const double Tolerance = 0.20;

    // An amount below a byte a transaction is a buffer that grew once.
    private const double NegligibleBytes = 1;

    /// <summary>Whether a part takes too long.</summary>
    public static bool IsSlower(GateFigures baseline, GateFigures now) => now.Ratio > baseline.Ratio * (1 + Tolerance);

    /// <summary>Whether a part allocates too much.</summary>
    public static bool AllocatesMore(GateFigures baseline, GateFigures now) =>
        now.Bytes > (baseline.Bytes * (1 + Tolerance)) + NegligibleBytes;

    /// <summary>Whether a part has become so much better that the baseline no longer guards it.</summary>
    public static bool IsMuchBetter(GateFigures baseline, GateFigures now) =>
        now.Ratio < baseline.Ratio * (1 - Tolerance) || now.Bytes + NegligibleBytes < baseline.Bytes * (1 - Tolerance);
}
