using System.Net;
using System.Net.Sockets;

namespace Analytics.Tests.Integration;

/// <summary>
/// Passes bytes on to a server, until everyone who was connected at first has left; then refuses connections until it is told otherwise: a
/// server that goes away after it has been asked whether it is there.
/// </summary>
internal sealed class VanishingProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly IPEndPoint _server;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpListener _listener;
    private int _connected;

    /// <param name="server"><c>host:port</c>, the host an address.</param>
    public VanishingProxy(string server)
    {
        _server = IPEndPoint.Parse(server);
        _listener = new(IPAddress.Loopback, 0);
        _listener.Start();
        Address = _listener.LocalEndpoint.ToString()!;
        _ = AcceptAsync(_listener);
    }

    /// <summary><c>host:port</c>.</summary>
    public string Address { get; }

    /// <summary>Completes when the first connections have come and gone, and none is accepted any more.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Accepts connections again, for good.</summary>
    public void Return()
    {
        _listener = new(IPEndPoint.Parse(Address));
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = PassOnAsync(await listener.AcceptTcpClientAsync(_over.Token));
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The listener was stopped.
        }
    }

    private async Task PassOnAsync(TcpClient client)
    {
        lock (_lock)
        {
            _connected++;
        }

        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_server, _over.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _over.Token), server.GetStream().CopyToAsync(client.GetStream(), _over.Token));
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
            {
                // One end has left.
            }
        }

        lock (_lock)
        {
            if (--_connected == 0 && !_gone.Task.IsCompleted)
            {
                _listener.Stop();
                _gone.SetResult();
            }
        }
    }
}
