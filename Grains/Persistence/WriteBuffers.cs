using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Analytics.Persistence;

/// <summary>Reaches the write buffer of any silo of the cluster.</summary>
internal sealed class WriteBuffers(IServiceProvider services, WriteBuffer local, ILocalSiloDetails details)
    : GrainServiceClient<IWriteBufferService>(services)
{
    private readonly string _here = details.SiloAddress.ToParsableString();

    /// <summary>Completes when everything that the silo's buffer held at the call is durable.</summary>
    public Task FlushAsync(string silo, CancellationToken cancellationToken) => silo == _here
        ? local.FlushAsync(cancellationToken)
        : GetGrainService(SiloAddress.FromParsableString(silo)).FlushAsync().WaitAsync(cancellationToken);
}
