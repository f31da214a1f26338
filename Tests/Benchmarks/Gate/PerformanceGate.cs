using System.Globalization;
using System.Text.Json;

namespace Analytics.Benchmarks.Gate;

/// <summary>
/// <c>gate</c> fails when a part of the hot path became more than 20 % slower, relative to fixed work measured in the same run, or allocates
/// more than 20 % more than the baseline; <c>gate --update FILE</c> writes a new baseline.
/// </summary>
internal static class PerformanceGate
{
    // A part that is slower for real is so every time; a busy machine is not.
    private const int Attempts = 4;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task<int> RunAsync(string[] options)
    {
        var parts = GatePart.Of(new Workload());
        switch (options)
        {
            case []:
                return Compare(parts, await ReadAsync(Path.Combine(AppContext.BaseDirectory, "Gate", "baseline.json")));
            case ["--update", var file]:
                // The best of all attempts, as the comparison takes it.
                var figures = parts.ToDictionary(
                    part => part.Name,
                    part => Enumerable.Range(0, Attempts).Select(_ => GateMeasurement.Measure(part)).MinBy(measured => measured.Ratio)!);
                var rounded = figures.ToDictionary(pair => pair.Key, pair => pair.Value with { Ratio = Math.Round(pair.Value.Ratio, 3) });
                await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rounded, Json) + "\n");
                Console.WriteLine($"The baseline is in {file}.");
                return 0;
            default:
                await Console.Error.WriteLineAsync("gate takes no option, or --update FILE.");
                return 2;
        }
    }

    private static int Compare(IReadOnlyList<GatePart> parts, Dictionary<string, GateFigures> baseline)
    {
        Line("part", "time", "baseline", "bytes", "baseline", "");
        var failed = false;
        foreach (var part in parts)
        {
            if (!baseline.TryGetValue(part.Name, out var wanted))
            {
                Console.WriteLine($"{part.Name}: is not in the baseline; update it.");
                failed = true;
                continue;
            }

            var best = GateMeasurement.Measure(part);
            for (var i = 1; i < Attempts && GateVerdict.IsSlower(wanted, best); i++)
            {
                var again = GateMeasurement.Measure(part);
                best = again.Ratio < best.Ratio ? again : best;
            }

            var (isSlower, allocatesMore) = (GateVerdict.IsSlower(wanted, best), GateVerdict.AllocatesMore(wanted, best));
            failed |= isSlower || allocatesMore;
            Line(
                part.Name,
                Number(best.Ratio, "0.000"),
                Number(wanted.Ratio, "0.000"),
                Number(best.Bytes, "0.0"),
                Number(wanted.Bytes, "0.0"),
                (isSlower ? "SLOWER " : "") + (allocatesMore ? "ALLOCATES MORE" : "")
                    + (!isSlower && !allocatesMore && GateVerdict.IsMuchBetter(wanted, best) ? "much better: update the baseline, so that it stays so" : ""));
        }

        if (failed)
        {
            Console.WriteLine("A part costs over 20 % more than its baseline. When that is meant: scripts/performance-gate.sh --update, and say why in the commit.");
        }

        return failed ? 1 : 0;
    }

    private static async Task<Dictionary<string, GateFigures>> ReadAsync(string path) =>
        JsonSerializer.Deserialize<Dictionary<string, GateFigures>>(await File.ReadAllTextAsync(path), Json)!;

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static void Line(string part, string time, string timeBefore, string bytes, string bytesBefore, string note) =>
        Console.WriteLine($"{part,-14} {time,8} {timeBefore,8} {bytes,10} {bytesBefore,10}  {note}".TrimEnd());
}
