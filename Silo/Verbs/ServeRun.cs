using Analytics.Silo.Composition;

namespace Analytics.Silo.Verbs;

/// <summary>What <c>serve</c> and <c>demo</c> have in common: signals are heard before anything is waited for, so that a start can be stopped, too.</summary>
internal static class ServeRun
{
    /// <returns>The exit code: 0 for a start that was stopped by a signal, as for a silo that was; else what <paramref name="serve"/> answers.</returns>
    /// <exception cref="Configuration.SettingException">A setting is wrong.</exception>
    /// <exception cref="ServerAwayException">What a setting names does not answer, or no longer.</exception>
    public static async Task<int> RunAsync(IConfiguration configuration, Func<AnalyticsHost, Task<int>> serve)
    {
        var signals = new StopSignals();
        try
        {
            await using var host = await AnalyticsHost.StartAsync(configuration, signals.Token);
            return await serve(host);
        }
        catch (StartStoppedException exception)
        {
            await Console.Out.WriteLineAsync(exception.Message);
            return 0;
        }
    }
}
