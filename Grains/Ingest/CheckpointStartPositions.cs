using Analytics.Hosting;
using Analytics.Persistence;
using Analytics.Storage;
using Microsoft.Extensions.Options;
using Orleans.Streaming.Kafka;

namespace Analytics.Ingest;

/// <summary>Reading starts after the stored checkpoint of the present epoch, and at the log's start when there is none.</summary>
internal sealed class CheckpointStartPositions(
    IAnalyticsStore store, SiloLease lease, IOptions<AnalyticsOptions> options) : IKafkaStartPositions
{
    public ValueTask<long> GetEpochAsync(CancellationToken cancellationToken) => ValueTask.FromResult(options.Value.Epoch);

    public async ValueTask<long?> GetStartOffsetAsync(int partition, CancellationToken cancellationToken)
    {
        await lease.FenceDeadAsync(cancellationToken);
        var checkpoints = await Task.Run(() => store.ReadCheckpointsAsync(cancellationToken), cancellationToken);
        foreach (var checkpoint in checkpoints)
        {
            if (checkpoint.Position.Partition == partition && checkpoint.Position.Epoch == options.Value.Epoch)
            {
                return checkpoint.Position.Offset + 1;
            }
        }

        return IKafkaStartPositions.LogStart;
    }
}
