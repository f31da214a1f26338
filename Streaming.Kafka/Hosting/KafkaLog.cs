using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Orleans.Streaming.Kafka;

/// <summary>Every message of the provider. The event ids are part of its contract: alerts are built on them.</summary>
internal static partial class KafkaLog
{
    private const int AllPartitions = -1;

    /// <summary>
    /// librdkafka's own log lines, at the level it gave them; those that repeat an error which is also reported as one, only for debugging.
    /// </summary>
    public static void Client(ILogger logger, LogMessage message)
    {
        var level = message.Level switch
        {
            _ when message.Facility is "FAIL" or "ERROR" => LogLevel.Debug,
            SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => LogLevel.Critical,
            SyslogLevel.Error => LogLevel.Error,
            SyslogLevel.Warning => LogLevel.Warning,
            SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Information,
            _ => LogLevel.Debug,
        };
        ClientLine(logger, level, message.Facility, message.Message);
    }

    /// <summary>An error of a client as a whole, once a minute for each kind: librdkafka repeats it at every attempt.</summary>
    public static void ClientError(ILogger logger, ErrorLogLimit limit, Error error)
    {
        if (error.IsFatal) ClientFatal(logger, error.Code, error.Reason);
        else if (limit.Allows(AllPartitions, error.Code)) ClientFault(logger, error.Code, error.Reason);
    }

    [LoggerMessage(EventId = 7000, Message = "librdkafka [{Facility}] {Text}")]
    private static partial void ClientLine(ILogger logger, LogLevel level, string facility, string text);

    [LoggerMessage(7001, LogLevel.Warning, "Kafka client: {Reason} ({Code}). librdkafka goes on trying by itself; logged once a minute.")]
    private static partial void ClientFault(ILogger logger, KafkaErrorCode code, string reason);

    [LoggerMessage(7002, LogLevel.Critical, "Kafka client cannot go on: {Reason} ({Code}). Restart the silo.")]
    private static partial void ClientFatal(ILogger logger, KafkaErrorCode code, string reason);

    public const string OutOfRangeAdvice =
        "Records are gone (retention), or the position belongs to another log. Restore the log; or, if the topic was created anew on purpose, " +
        "raise the epoch (Kafka:Epoch) and restart the silo.";

    [LoggerMessage(7010, LogLevel.Information, "Reads {Topic}/{Partition} from offset {Offset}")]
    public static partial void Reading(ILogger logger, string topic, int partition, long offset);

    [LoggerMessage(7011, LogLevel.Error, "{Topic}/{Partition} stands still: offset {Offset} is outside the log ({Range}). {Advice}")]
    public static partial void OutOfRange(ILogger logger, string topic, int partition, long offset, string range, string advice);

    [LoggerMessage(7012, LogLevel.Warning, "{Topic}/{Partition} cannot be read now: {Reason} ({Code}). Tried again; logged once a minute.")]
    public static partial void PartitionFailed(ILogger logger, string topic, int partition, KafkaErrorCode code, string reason);

    [LoggerMessage(7013, LogLevel.Error, "The consumer of {Topic} failed and goes on")]
    public static partial void ConsumerFailed(ILogger logger, string topic, Exception exception);

    [LoggerMessage(
        7014, LogLevel.Warning, "{Topic}/{Partition}: the record at offset {Offset} cannot be decoded: {Reason}. Counted; logged once a minute.")]
    public static partial void Undecodable(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(7015, LogLevel.Warning, "The group's offsets of {Topic} were not committed; tried again, logged once a minute")]
    public static partial void CommitFailed(ILogger logger, string topic, Exception exception);

    [LoggerMessage(7016, LogLevel.Warning, "The start of {Topic}/{Partition} is not known yet; tried again in {Delay}")]
    public static partial void StartUnknown(ILogger logger, string topic, int partition, TimeSpan delay, Exception exception);

    public const string AnotherTopicAdvice =
        "Bring the topic back as it was, or move the application to a new epoch and positions on purpose, then restart the silo.";

    [LoggerMessage(7018, LogLevel.Information, "{Topic} has {Count} partitions now; it had {Before}")]
    public static partial void PartitionsAdded(ILogger logger, string topic, int count, int before);

    [LoggerMessage(7019, LogLevel.Error, "{Text}")]
    public static partial void PartitionsMissing(ILogger logger, string text);

    [LoggerMessage(
        7020, LogLevel.Warning, "Whether {Topic} has more than {Known} partitions is not known; asked again, logged once a minute")]
    public static partial void PartitionsUnknown(ILogger logger, string topic, int known, Exception exception);

    [LoggerMessage(7021, LogLevel.Debug, "Not every silo could be told that {Topic} has {Count} partitions; told again")]
    public static partial void PartitionsNotAnnounced(ILogger logger, string topic, int count, Exception exception);

    [LoggerMessage(7017, LogLevel.Information, "A broker of {Topic} answers again")]
    public static partial void Answers(ILogger logger, string topic);
}
