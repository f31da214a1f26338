using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Analytics.Persistence;

/// <summary>Reaches the write buffer of any silo of the cluster.</summary>
internal sealed class WriteBuffers(IServiceProvider services, WriteBuffer local, ILocalSiloDetails details)
    : GrainServiceClient<IWriteBufferService>(services)
{
    /// <summary>Completes when everything that the silo's buffer held at the call is durable.</summary>
    public Task FlushAsync(SiloAddress silo, CancellationToken cancellationToken) =>
        silo.Equals(details.SiloAddress) ? local.FlushAsync(cancellationToken) : GetGrainService(silo).FlushAsync().WaitAsync(cancellationToken);
}
