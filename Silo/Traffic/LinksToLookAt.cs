using System.Globalization;

namespace Analytics.Silo.Traffic;

/// <summary>Addresses that have something to show: the busiest account and merchant of what was sent.</summary>
internal static class LinksToLookAt
{
    // More windows than the history answers at once are of no use.
    private const int MaxDays = 9_000;

    public static IEnumerable<string> Of(string address, TrafficTotals totals)
    {
        if (totals.BusiestAccount is not { } account || totals.BusiestMerchant is not { } merchant)
        {
            yield break;
        }

        yield return $"account   {address}/v1/accounts/{Uri.EscapeDataString(account.Id)}";
        yield return $"merchant  {address}/v1/merchants/{Uri.EscapeDataString(merchant.Id)}";
        yield return $"history   {address}/v1/accounts/{Uri.EscapeDataString(account.Id)}/windows?{Range(account)}";
    }

    private static string Range(BusyEntity entity)
    {
        var (step, width) = entity.Last - entity.First < TimeSpan.FromDays(2) ? ("1h", TimeSpan.FromHours(1)) : ("1d", TimeSpan.FromDays(1));
        var to = Floor(entity.Last, width) + width;
        var from = Floor(entity.First, width);
        from = to - from > TimeSpan.FromDays(MaxDays) ? to - TimeSpan.FromDays(MaxDays) : from;
        return $"from={Text(from)}&to={Text(to)}&step={step}";
    }

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan width) => new(time.UtcTicks - (time.UtcTicks % width.Ticks), TimeSpan.Zero);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
