using Orleans.Runtime;

namespace Analytics.Persistence;

/// <summary>
/// Starts the loader and the write buffer before any grain is active, and stops them after the last one: a grain that deactivates waits
/// for its buckets to be durable.
/// </summary>
internal sealed class PersistenceLifecycle(EntityLoader loader, WriteBuffer buffer) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(PersistenceLifecycle),
        ServiceLifecycleStage.RuntimeStorageServices,
        async cancellationToken =>
        {
            await buffer.StartAsync(cancellationToken);
            await loader.StartAsync(cancellationToken);
        },
        async cancellationToken =>
        {
            await loader.StopAsync(cancellationToken);
            await buffer.StopAsync(cancellationToken);
        });
}
