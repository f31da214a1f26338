using Orleans.Runtime;

namespace Analytics.Persistence;

/// <summary>
/// Opens the silo's lease, and starts the loader and the write buffer before any grain is active, and stops them after the last one: a grain that deactivates waits
/// for its buckets to be durable.
/// </summary>
internal sealed class PersistenceLifecycle(SiloLease lease, EntityLoader loader, WriteBuffer buffer) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(PersistenceLifecycle),
        ServiceLifecycleStage.RuntimeStorageServices,
        async cancellationToken =>
        {
            await lease.OpenAsync(cancellationToken);
            await buffer.StartAsync(cancellationToken);
            await loader.StartAsync(cancellationToken);
        },
        async cancellationToken =>
        {
            await loader.StopAsync(cancellationToken);
            await buffer.StopAsync(cancellationToken);
        });
}
