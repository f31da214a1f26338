using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Orleans.Streaming.Kafka;

/// <summary>Every message of the provider. The event ids are part of its contract: alerts are built on them.</summary>
internal static partial class KafkaLog
{
    /// <summary>librdkafka's own log lines, at the level it gave them.</summary>
    public static void Client(ILogger logger, LogMessage message)
    {
        var level = message.Level switch
        {
            SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => LogLevel.Critical,
            SyslogLevel.Error => LogLevel.Error,
            SyslogLevel.Warning => LogLevel.Warning,
            SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Information,
            _ => LogLevel.Debug,
        };
        ClientLine(logger, level, message.Facility, message.Message);
    }

    public static void ClientError(ILogger logger, Error error)
    {
        if (error.IsFatal) ClientFatal(logger, error.Code, error.Reason);
        else ClientFault(logger, error.Code, error.Reason);
    }

    [LoggerMessage(EventId = 7000, Message = "librdkafka [{Facility}] {Text}")]
    private static partial void ClientLine(ILogger logger, LogLevel level, string facility, string text);

    [LoggerMessage(7001, LogLevel.Warning, "Kafka client: {Reason} ({Code}). librdkafka goes on trying by itself.")]
    private static partial void ClientFault(ILogger logger, KafkaErrorCode code, string reason);

    [LoggerMessage(7002, LogLevel.Critical, "Kafka client cannot go on: {Reason} ({Code}). Restart the silo.")]
    private static partial void ClientFatal(ILogger logger, KafkaErrorCode code, string reason);
}
