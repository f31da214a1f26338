using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Analytics.Windowing;

namespace Analytics.Tests.Integration;

/// <summary>Reads live metrics of many entities through HTTP.</summary>
internal static class LiveReader
{
    /// <summary>The 24-hour window of every entity, by id and currency.</summary>
    public static async Task<Dictionary<(string Id, string Currency), BucketTotals>> ReadDayAsync(
        ServeProcess serve, string collection, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        ConcurrentDictionary<(string, string), BucketTotals> totals = new();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ids, options, async (id, cancel) =>
        {
            var metrics = await serve.GetAsync($"/v1/{collection}/{Uri.EscapeDataString(id)}", cancel);
            foreach (var currency in metrics["currencies"]!.AsArray())
            {
                totals[(id, (string)currency!["currency"]!)] = Parse(currency["windows"]!["24h"]!);
            }
        });
        return totals.ToDictionary();
    }

    public static BucketTotals Parse(JsonNode window) => new()
    {
        Count = (long)window["count"]!,
        ApprovedCount = (long)window["approvedCount"]!,
        DeclinedCount = (long)window["declinedCount"]!,
        ReversedCount = (long)window["reversedCount"]!,
        DebitMinor = (long)window["debitMinor"]!,
        DebitCount = (long)window["debitCount"]!,
        CreditMinor = (long)window["creditMinor"]!,
        CreditCount = (long)window["creditCount"]!,
        MinMinor = (long?)window["minMinor"] ?? 0,
        MaxMinor = (long?)window["maxMinor"] ?? 0,
    };
}
