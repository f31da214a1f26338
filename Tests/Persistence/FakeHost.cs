using Microsoft.Extensions.Hosting;

namespace Analytics.Tests.Persistence;

/// <summary>Counts how often it is told to stop.</summary>
internal sealed class FakeHost : IHostApplicationLifetime
{
    public int Stops { get; private set; }

    public TaskCompletionSource Stopped { get; } = new();

    public CancellationToken ApplicationStarted => default;

    public CancellationToken ApplicationStopping => default;

    public CancellationToken ApplicationStopped => default;

    public void StopApplication()
    {
        Stops++;
        Stopped.TrySetResult();
    }
}
