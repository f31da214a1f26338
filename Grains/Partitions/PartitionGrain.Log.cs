using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Analytics.Partitions;

internal sealed partial class PartitionGrain
{
    [LoggerMessage(2211, LogLevel.Information, "Partition {Partition}: begins after {Epoch}@{Offset}, remembering {Ids} transaction ids.")]
    private partial void LogActivated(int partition, long epoch, long offset, int ids);

    [LoggerMessage(2212, LogLevel.Information, "Partition {Partition}: ends ({Reason}), checkpoint {Offset}.")]
    private partial void LogDeactivated(int partition, DeactivationReasonCode reason, long offset);

    [LoggerMessage(2213, LogLevel.Error, "Partition {Partition}: a batch continues from {Epoch}@{From}, but records after {Offset} were expected; starting over from the checkpoint.")]
    private partial void LogGap(int partition, long epoch, long from, long offset);

    [LoggerMessage(2214, LogLevel.Warning, "Partition {Partition}: a delivery failed and is repeated.")]
    private partial void LogDeliveryError(int partition, Exception exception);

    [LoggerMessage(2215, LogLevel.Critical, "Partition {Partition}: a fault after offset {Offset}; starting over from the checkpoint.")]
    private partial void LogPumpFailed(int partition, long offset, Exception exception);

    [LoggerMessage(2216, LogLevel.Error, "Partition {Partition} stands still: {Count} dead letters from offset {Offset} on were not acknowledged; trying again. If they are too large, raise max.message.bytes of the topic {Topic}.")]
    private partial void LogDeadLettersFailed(int partition, int count, long offset, string topic, Exception exception);

    [LoggerMessage(2217, LogLevel.Warning, "Partition {Partition}: the store does not take the checkpoint after {Offset} ({Pending} records wait in memory); trying again every interval.")]
    private partial void LogCheckpointFailed(int partition, long offset, int pending, Exception exception);

    [LoggerMessage(2218, LogLevel.Critical, "Partition {Partition}: the checkpoint failed for a reason that waiting does not mend.")]
    private partial void LogCheckpointBroken(int partition, Exception exception);

    [LoggerMessage(2219, LogLevel.Warning, "Partition {Partition}: another owner stored its first checkpoint, {Offset}, after this activation began; starting over from there.")]
    private partial void LogOvertaken(int partition, long offset);

    [LoggerMessage(2220, LogLevel.Warning, "Partition {Partition}: silo {Silo} left with windows that were not durable; they are applied again.")]
    private partial void LogSiloGone(int partition, string silo, Exception exception);

    [LoggerMessage(2221, LogLevel.Information, "Partition {Partition}: read by another silo now; moving there.")]
    private partial void LogAbandoned(int partition);

    [LoggerMessage(2222, LogLevel.Debug, "Partition {Partition}: the overview did not take the status.")]
    private partial void LogReportFailed(int partition, Exception exception);

    [LoggerMessage(2223, LogLevel.Warning, "Partition {Partition}: ends with offset {Applied} applied and {Stored} checkpointed; the rest is read again.")]
    private partial void LogLastCheckpointFailed(int partition, long applied, long stored, Exception exception);
}
