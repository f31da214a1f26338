namespace Analytics.Silo.Composition;

/// <summary>
/// Stops the application when a token says so, instead of at signals: whoever starts it hears these before anything is waited for, and .NET's own
/// lifetime only once the host starts, which is after the waits for servers.
/// </summary>
internal sealed class TokenLifetime(CancellationToken stop, IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private readonly CancellationTokenRegistration _registration = stop.Register(application.StopApplication);

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registration.Dispose();
}
