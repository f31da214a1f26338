using System.Globalization;
using Analytics.Transactions;

namespace Analytics.Silo.Traffic;

/// <summary>The closing summary of a run, as lines of text.</summary>
internal static class TrafficReport
{
    private const int MaxCurrencies = 12;

    public static IEnumerable<string> Lines(TrafficProgress progress, TrafficTotals totals, long problems, TimeSpan elapsed)
    {
        var (sent, acknowledged, failed) = progress.Read();
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"sent {sent:N0}, acknowledged {acknowledged:N0}, failed {failed:N0}, bad rows {problems:N0} in {elapsed.TotalSeconds:N1} s ({sent / Math.Max(0.001, elapsed.TotalSeconds):N0}/s)");
        if (progress.FirstFailure is { } reason)
        {
            yield return $"first failure: {reason}";
        }

        if (totals.ByCurrency.Count > 0)
        {
            yield return "of what was sent, approved amounts by currency:";
        }

        foreach (var (currency, (count, debitMinor, creditMinor)) in totals.ByCurrency.OrderByDescending(pair => pair.Value.Count).Take(MaxCurrencies))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {currency} {count,12:N0} transactions, debit {Amount(debitMinor, currency)}, credit {Amount(creditMinor, currency)}");
        }

        if (totals.ByCurrency.Count > MaxCurrencies)
        {
            yield return $"  and {totals.ByCurrency.Count - MaxCurrencies} more currencies";
        }
    }

    private static string Amount(Int128 minor, string currency)
    {
        var exponent = Iso4217.ExponentOf(currency);
        var unit = (Int128)Math.Pow(10, exponent);
        var whole = (minor / unit).ToString("N0", CultureInfo.InvariantCulture);
        return exponent == 0 ? whole : $"{whole}.{(minor % unit).ToString($"D{exponent}", CultureInfo.InvariantCulture)}";
    }
}
