using Analytics.Windowing;

namespace Analytics.Storage;

/// <summary>One window of an entity's history.</summary>
/// <param name="Currency">ISO 4217 alphabetic code.</param>
/// <param name="Start">Start of the window, inclusive.</param>
/// <param name="End">End of the window, exclusive.</param>
/// <param name="Totals">The sum of its buckets; windows without a transaction are left out.</param>
public readonly record struct HistoryWindow(string Currency, DateTimeOffset Start, DateTimeOffset End, BucketTotals Totals);
