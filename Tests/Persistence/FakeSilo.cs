using System.Net;
using Orleans.Runtime;

namespace Analytics.Tests.Persistence;

internal sealed class FakeSilo : ILocalSiloDetails
{
    /// <summary>Of one host, in order of their starts.</summary>
    public static SiloAddress Address(int generation) => SiloAddress.New(IPAddress.Loopback, 11111, generation);

    public string Name => "test";

    public string ClusterId => "tests";

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress => Address(99);

    public SiloAddress GatewayAddress => Address(99);
}
