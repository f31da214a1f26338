using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace Analytics.Silo.Redrive;

/// <summary>A record of the dead-letter topic and what its headers say.</summary>
internal sealed class DeadLetter(ConsumeResult<byte[]?, byte[]?> record)
{
    /// <summary>Header: when the record was sent again.</summary>
    public const string RedrivenAt = "dl-redriven-at";

    /// <summary>Header: how often it was sent again.</summary>
    public const string Redrives = "dl-redrives";

    public Message<byte[]?, byte[]?> Message => record.Message;

    public string? Reason { get; } = Text(record.Message.Headers, "dl-reason");

    public string? Topic { get; } = Text(record.Message.Headers, "dl-topic");

    /// <summary>Where the rejected record stands; null when the headers do not say.</summary>
    public TopicPartitionOffset? Origin { get; } =
        Text(record.Message.Headers, "dl-topic") is { } topic
        && int.TryParse(Text(record.Message.Headers, "dl-partition"), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
        && long.TryParse(Text(record.Message.Headers, "dl-offset"), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new(topic, partition, offset)
            : null;

    public int Bytes => (record.Message.Key?.Length ?? 0) + (record.Message.Value?.Length ?? 0);

    /// <summary>How often the record with these headers was sent again; 0 without the header.</summary>
    public static int RedrivesOf(Headers? headers) =>
        int.TryParse(Text(headers, Redrives), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    /// <summary>Key and value untouched, with the letter's headers and those of the redrive.</summary>
    public Message<byte[]?, byte[]?> Again(int redrives, DateTimeOffset now)
    {
        var headers = new Headers();
        foreach (var header in record.Message.Headers)
        {
            if (header.Key is not (Redrives or RedrivenAt))
            {
                headers.Add(header.Key, header.GetValueBytes());
            }
        }

        headers.Add(RedrivenAt, Encoding.UTF8.GetBytes(now.ToString("O", CultureInfo.InvariantCulture)));
        headers.Add(Redrives, Encoding.UTF8.GetBytes(redrives.ToString(CultureInfo.InvariantCulture)));
        return new() { Key = record.Message.Key, Value = record.Message.Value, Headers = headers };
    }

    private static string? Text(Headers? headers, string name) =>
        headers is not null && headers.TryGetLastBytes(name, out var bytes) && bytes is { Length: > 0 } ? Encoding.UTF8.GetString(bytes) : null;
}
