using System.CommandLine;
using System.Globalization;
using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Storage;
using Spectre.Console;

namespace Analytics.Silo.Verbs;

/// <summary><c>reconcile</c>: recomputes every window from raw rows and compares.</summary>
internal static class ReconcileVerb
{
    private const int MaxDifferences = 50;

    public static Command Create(VerbSettings settings)
    {
        var from = Time("--from", "First window start to compare, RFC 3339; all when absent.");
        var to = Time("--to", "First window start not to compare any more, RFC 3339; all when absent.");
        var command = new Command(
            "reconcile",
            "Recomputes every window from raw rows and compares every field; also raw rows with checkpoints. Exact when nothing is being "
            + "written; beside a running silo, windows ahead of the last checkpoint are skipped and counted as in flight (--to before the "
            + "running minutes avoids them). Exit code 1 on any difference.")
        {
            from, to,
        };
        command.SetAction(async (parsed, _) =>
        {
            var range = (From: parsed.GetValue(from), To: parsed.GetValue(to));
            if (range.From >= range.To)
            {
                throw new SettingException("--from", "is not before --to.");
            }

            var storage = StorageSettings.Read(new(settings.Load()));
            if (storage.Provider == StorageProvider.Sqlite && !File.Exists(storage.Path))
            {
                throw new SettingException("Storage:Path", $"there is no file '{storage.Path}'; a demo's store is {VerbSettings.DemoFile}.");
            }

            var signals = new StopSignals();
            await using var services = new ServiceCollection().AddStorage(storage).BuildServiceProvider();
            try
            {
                var report = await services.GetRequiredService<IReconciler>().ReconcileAsync(range.From, range.To, MaxDifferences, signals.Token);
                Show(report);
                return report.DifferenceCount == 0 ? 0 : 1;
            }
            catch (StoreUnavailableException exception)
            {
                throw new SettingException(storage.AddressKey, exception.Message.ReplaceLineEndings(" "), exception);
            }
        });
        return command;
    }

    private static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (DateTimeOffset.TryParse(
                result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            {
                return time;
            }

            result.AddError($"{name}: '{result.Tokens[0].Value}' is not a time such as 2026-01-15T10:30:00Z.");
            return null;
        },
    };

    private static void Show(ReconcileReport report)
    {
        foreach (var line in Lines(report))
        {
            Console.Out.WriteLine(line);
        }

        if (report.DifferenceCount == 0)
        {
            return;
        }

        if (Console.IsOutputRedirected)
        {
            foreach (var difference in report.Differences)
            {
                Console.Out.WriteLine(string.Join('\t', Cells(difference)));
            }
        }
        else
        {
            var table = new Table().AddColumns("table", "key", "field", "stored", "recomputed");
            foreach (var difference in report.Differences)
            {
                table.AddRow([.. Cells(difference).Select(Markup.Escape)]);
            }

            AnsiConsole.Write(table);
        }

        if (report.DifferenceCount > report.Differences.Count)
        {
            Console.Out.WriteLine($"and {Number(report.DifferenceCount - report.Differences.Count)} more differences");
        }
    }

    private static IEnumerable<string> Lines(ReconcileReport report)
    {
        yield return $"compared {Number(report.AccountWindows + report.MerchantWindows - report.InFlight)} windows "
            + $"({Number(report.AccountWindows)} of accounts, {Number(report.MerchantWindows)} of merchants, {Number(report.InFlight)} in flight skipped) "
            + $"with {Number(report.RawRows)} raw rows ({Number(report.LateRows)} late), and these with {Number(report.Checkpoints)} checkpoints"
            + (report.CountersCompared ? "" : " (not their counters, which have no time range)");
        if (report.InFlight > 0)
        {
            yield return $"{Number(report.InFlight)} windows are ahead of the last checkpoint and were not compared: when no silo is running, "
                + "start one on the same log, let it catch up, and run again";
        }

        yield return report.DifferenceCount == 0
            ? "equal: every field of every compared window is what the raw rows say"
            : $"{Number(report.DifferenceCount)} differences: "
                + string.Join(", ", report.DifferencesByTable.Select(pair => $"{Number(pair.Value)} in {pair.Key}"));
    }

    private static string[] Cells(ReconcileDifference difference) =>
        [difference.Table, difference.Key, difference.Field, difference.Stored ?? "none", difference.Recomputed ?? "none"];

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
