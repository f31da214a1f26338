namespace Analytics.Silo.Composition;

/// <summary>
/// A server that a start needs did not answer in time, or went away during the start: one line that names its setting, and an exit code of
/// its own, because the same start may succeed later.
/// </summary>
internal sealed class ServerAwayException(string key, string problem, Exception inner) : Exception($"{key}: {problem}", inner)
{
    /// <summary>Exit code of a start without a server that it needs: a supervisor tries again.</summary>
    public const int ExitCode = 5;

    /// <summary>The setting that says where the server is.</summary>
    public string Key { get; } = key;
}
