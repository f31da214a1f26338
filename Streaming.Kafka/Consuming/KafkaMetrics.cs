using System.Diagnostics.Metrics;

namespace Orleans.Streaming.Kafka;

/// <summary>The meter <c>Orleans.Streaming.Kafka</c>; every measurement has the tags <c>topic</c> and, where there is one, <c>partition</c>.</summary>
internal sealed class KafkaMetrics : IDisposable
{
    public const string MeterName = "Orleans.Streaming.Kafka";
    private readonly string _topic;
    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _consumed;
    private readonly Counter<long> _undecodable;
    private readonly Counter<long> _errors;

    public KafkaMetrics(string topic, Func<int> partitionCount, Func<IEnumerable<(int Partition, int Records, bool Paused)>> partitions)
    {
        _topic = topic;
        _consumed = _meter.CreateCounter<long>("kafka.records.consumed", "{record}", "Records read from Kafka");
        _undecodable = _meter.CreateCounter<long>("kafka.records.undecodable", "{record}", "Records whose decoder threw");
        _errors = _meter.CreateCounter<long>("kafka.consumer.errors", "{error}", "Errors that the consumer reported");
        _meter.CreateObservableGauge(
            "kafka.topic.partitions",
            () => new Measurement<int>(partitionCount(), new KeyValuePair<string, object?>("topic", topic)),
            "{partition}",
            "Partitions of the topic as this silo knows them");
        _meter.CreateObservableGauge(
            "kafka.buffered.records",
            () => partitions().Select(p => new Measurement<int>(p.Records, Tags(p.Partition))),
            "{record}",
            "Records read and not yet taken by the agent");
        _meter.CreateObservableGauge(
            "kafka.consumer.paused",
            () => partitions().Select(p => new Measurement<int>(p.Paused ? 1 : 0, Tags(p.Partition))),
            description: "1 while the partition is paused because its buffer is full");
    }

    public void Consumed(int partition, int records) => _consumed.Add(records, Tags(partition));

    public void Undecodable(int partition) => _undecodable.Add(1, Tags(partition));

    public void Error(KafkaErrorCode code) => _errors.Add(1, new("topic", _topic), new("code", code.ToString()));

    public void Dispose() => _meter.Dispose();

    private KeyValuePair<string, object?>[] Tags(int partition) => [new("topic", _topic), new("partition", partition)];
}
