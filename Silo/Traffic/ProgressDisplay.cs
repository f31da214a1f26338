using System.Globalization;
using Spectre.Console;

namespace Analytics.Silo.Traffic;

/// <summary>Shows a run: a bar on a terminal, a line every few seconds anywhere else.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    /// <param name="what">What is sent.</param>
    /// <param name="run">The run.</param>
    /// <param name="progress">Its counts.</param>
    /// <param name="fraction">How much of it has been read, 0 to 1.</param>
    public static Task<T> ShowAsync<T>(string what, Task<T> run, TrafficProgress progress, Func<double> fraction) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
            ? BarAsync(what, run, progress, fraction)
            : LinesAsync(what, run, progress, fraction, Console.Out.WriteLine, LineEvery);

    /// <summary>A line every so often, to any writer.</summary>
    public static async Task<T> LinesAsync<T>(
        string what, Task<T> run, TrafficProgress progress, Func<double> fraction, Action<string> write, TimeSpan every)
    {
        while (await Task.WhenAny(run, Task.Delay(every)) != run)
        {
            var done = progress.Done(fraction());
            var (sent, acknowledged, failed) = progress.Read();
            write(string.Create(CultureInfo.InvariantCulture, $"{what}: {done:P0}, sent {sent:N0}, acknowledged {acknowledged:N0}, failed {failed:N0}"));
        }

        return await run;
    }

    private static Task<T> BarAsync<T>(string what, Task<T> run, TrafficProgress progress, Func<double> fraction) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async display =>
            {
                var bar = display.AddTask(Markup.Escape(what), maxValue: 1);
                while (await Task.WhenAny(run, Task.Delay(100)) != run)
                {
                    bar.Value = progress.Done(fraction());
                    bar.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{what} {progress.Acknowledged:N0}"));
                }

                bar.Value = run.IsCompletedSuccessfully ? 1 : bar.Value;
                return await run;
            });
}
