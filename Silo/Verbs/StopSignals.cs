using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Analytics.Silo.Verbs;

/// <summary>
/// SIGTERM, SIGINT (Ctrl-C), SIGQUIT and SIGHUP as a cancellation token, until the process is gone: a second signal while it ends must not
/// turn its exit code into that of a killed one.
/// </summary>
internal sealed class StopSignals
{
    // What nothing refers to is collected, and the signal does then what it does by default.
    private static readonly ConcurrentBag<PosixSignalRegistration> Registrations = [];

    private readonly CancellationTokenSource _stop = new();

    public StopSignals()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, Stop));
        }
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>As a signal does.</summary>
    public void Stop() => _stop.Cancel();

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        Stop();
    }
}
