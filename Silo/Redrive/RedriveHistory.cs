using Analytics.Silo.Configuration;
using Analytics.Silo.Traffic;
using Confluent.Kafka;

namespace Analytics.Silo.Redrive;

/// <summary>
/// How often records were redriven before they were rejected again. A letter has only the headers of its last rejection; the count is a
/// header of the rejected record itself, which is read again where the letter says it stands.
/// </summary>
internal sealed class RedriveHistory(KafkaSettings kafka) : IDisposable
{
    // Reading on over fewer records than this is quicker than a seek.
    private const long ReadOnWithin = 1_000;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    private readonly IConsumer<byte[]?, byte[]?> _consumer =
        new ConsumerBuilder<byte[]?, byte[]?>(RedriveClient.Consumer(kafka, $"{kafka.ConsumerGroup}-redrive"))
            .SetKeyDeserializer(Deserializers.ByteArray!).SetValueDeserializer(Deserializers.ByteArray!)
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    /// <summary>The count of each letter, in the same order; 0 also where the rejected record is gone or another one stands there.</summary>
    /// <exception cref="TrafficException">The topic cannot be read.</exception>
    /// <exception cref="KafkaException">The topic cannot be read.</exception>
    public int[] CountsOf(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        var counts = new int[letters.Count];
        var origins = Enumerable.Range(0, letters.Count).Where(i => letters[i].Origin is not null);
        foreach (var group in origins.GroupBy(i => letters[i].Origin!.TopicPartition))
        {
            var log = _consumer.QueryWatermarkOffsets(group.Key, AnswerTimeout);
            var position = long.MinValue;
            ConsumeResult<byte[]?, byte[]?>? record = null;
            foreach (var i in group.OrderBy(i => letters[i].Origin!.Offset.Value))
            {
                var wanted = letters[i].Origin!.Offset.Value;
                if (wanted < log.Low.Value || wanted >= log.High.Value)
                {
                    continue;
                }

                if (position > wanted + 1 || position + ReadOnWithin < wanted)
                {
                    _consumer.Assign(letters[i].Origin);
                    (position, record) = (wanted, null);
                }

                while (position <= wanted && position < log.High.Value)
                {
                    record = Next(group.Key, cancellationToken);
                    position = record.IsPartitionEOF ? log.High.Value : record.Offset.Value + 1;
                }

                counts[i] = record is { IsPartitionEOF: false } && record.Offset.Value == wanted && IsSame(record.Message, letters[i].Message)
                    ? DeadLetter.RedrivesOf(record.Message.Headers)
                    : 0;
            }
        }

        return counts;
    }

    public void Dispose() => _consumer.Dispose();

    private ConsumeResult<byte[]?, byte[]?> Next(TopicPartition partition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _consumer.Consume(AnswerTimeout)
            ?? throw new TrafficException($"{partition.Topic}/{partition.Partition.Value} does not answer within {AnswerTimeout.TotalSeconds:N0} s; check the broker and run again.");
    }

    private static bool IsSame(Message<byte[]?, byte[]?> record, Message<byte[]?, byte[]?> letter) =>
        record.Key.AsSpan().SequenceEqual(letter.Key) && record.Value.AsSpan().SequenceEqual(letter.Value);
}
