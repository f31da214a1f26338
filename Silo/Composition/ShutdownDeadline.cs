namespace Analytics.Silo.Composition;

/// <summary>
/// Ends the process when a stop takes longer than it may. Everything that stops has a deadline of its own; this is for what has none, such as a
/// library that waits for a server that is gone. Correctness does not depend on a stop: the next start goes on from the checkpoints.
/// </summary>
internal sealed partial class ShutdownDeadline(TimeProvider time, Action<int> exit, ILogger logger)
{
    /// <summary>Exit code of a stop that was cut short.</summary>
    public const int CutShort = 4;

    /// <summary>On top of Shutdown:Timeout: what was told to hurry gets to end by itself.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private ITimer? _timer;

    /// <summary>Begins to count; a second call changes nothing.</summary>
    public void Start(TimeSpan shutdownTimeout) =>
        _timer ??= time.CreateTimer(
            _ =>
            {
                LogCutShort(shutdownTimeout + Grace);
                exit(CutShort);
            },
            null,
            shutdownTimeout + Grace,
            Timeout.InfiniteTimeSpan);

    [LoggerMessage(8120, LogLevel.Critical, "The stop has taken {Elapsed} (Shutdown:Timeout and 5 s); the process ends now. What was not durable is read again from the log.")]
    private partial void LogCutShort(TimeSpan elapsed);
}
