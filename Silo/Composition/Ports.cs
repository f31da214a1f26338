using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Analytics.Silo.Configuration;

namespace Analytics.Silo.Composition;

/// <summary>Chooses and checks ports before anything starts, so that a taken one is a line and not a stack trace.</summary>
internal static class Ports
{
    /// <exception cref="SettingException">A port of <c>Urls</c> is in use, or its address is not this machine's.</exception>
    public static void CheckUrls(IReadOnlyList<ListenUrl> urls)
    {
        foreach (var url in urls)
        {
            if (url.Port != 0 && WhyNotFree(url.Address, url.Port) is { } why)
            {
                throw new SettingException("Urls", $"cannot listen on {url}: {why}; choose another port, such as --Urls=http://localhost:0 for a free one.");
            }
        }
    }

    /// <summary>
    /// The silo's and the gateway's port. A single localhost silo takes any free ones when the defaults are in use, so that two can run side
    /// by side; an explicit port, and every port of a cluster, is taken at its word.
    /// </summary>
    /// <exception cref="SettingException">An explicit port is in use.</exception>
    public static (int Silo, int Gateway) ChooseOrleans(OrleansSettings settings)
    {
        var isLocal = settings.ClusteringRedis is null;
        var silo = Choose("Orleans:SiloPort", settings.SiloPort, OrleansSettings.DefaultSiloPort, isLocal);
        var gateway = Choose("Orleans:GatewayPort", settings.GatewayPort, OrleansSettings.DefaultGatewayPort, isLocal);
        return silo != gateway ? (silo, gateway) : throw new SettingException("Orleans:GatewayPort", $"is {gateway}, the same as Orleans:SiloPort.");
    }

    /// <summary>A port of the loopback address that is free now.</summary>
    public static int AnyFree() => AnyFree(1)[0];

    /// <summary>Different ports of the loopback address that are free now.</summary>
    public static int[] AnyFree(int count)
    {
        // All are held until the last is found.
        var listeners = new List<TcpListener>(count);
        try
        {
            while (listeners.Count < count)
            {
                TcpListener listener = new(IPAddress.Loopback, 0);
                listeners.Add(listener);
                listener.Start();
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    private static int Choose(string key, int? wanted, int fallback, bool isLocal)
    {
        var address = isLocal ? IPAddress.Loopback : IPAddress.Any;
        var why = WhyNotFree(address, wanted ?? fallback);
        if (why is null)
        {
            return wanted ?? fallback;
        }

        return wanted is null && isLocal
            ? AnyFree()
            : throw new SettingException(key, $"cannot listen on port {wanted ?? fallback}: {why}; choose another port.");
    }

    private static string? WhyNotFree(IPAddress address, int port)
    {
        // Binding tells it for certain, but not that another process listens on every address while we ask for one of them.
        if (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(
            listener => listener.Port == port && (listener.Address.Equals(address) || IsAny(listener.Address) || IsAny(address))))
        {
            return "it is in use";
        }

        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.AddressAlreadyInUse ? "it is in use" : exception.Message;
        }
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
