using System.Net;
using System.Net.Sockets;

namespace Analytics.Tests.Integration;

/// <summary>A port of this machine that nobody listens on, for a process that cannot choose one by itself.</summary>
internal static class FreePort
{
    public static int Next()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
