using Analytics.Silo.Traffic;
using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Analytics.Silo.Redrive;

/// <summary>
/// Sends dead letters again to where they came from. At least once: a run that ends between an acknowledgement and its commit leaves
/// letters that the next run sends again, and deduplication by transaction_id drops within its horizon. One run at a time.
/// </summary>
internal sealed class Redriver(RedriveOptions options, TimeProvider time)
{
    /// <summary>Letters that are sent together, and whose positions are committed together.</summary>
    public const int MaxBatch = 500;

    private const int MaxBatchBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Redrives the letters that are in the topic now; one that is rejected again meanwhile is left to the next run.</summary>
    /// <param name="summary">Counts on; true to what is committed also when this throws.</param>
    /// <param name="cancellationToken">Ends the run after the batch that is under way.</param>
    /// <exception cref="TrafficException">The cluster did not answer or did not acknowledge; letters from there on are left to the next run.</exception>
    public Task RunAsync(RedriveSummary summary, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                Run(summary, cancellationToken);
            }
            catch (KafkaException exception)
            {
                throw new TrafficException(
                    $"Stopped: {exception.Error.Reason} ({exception.Error.Code}). Run again to go on from the last committed letter.", exception);
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private void Run(RedriveSummary summary, CancellationToken cancellationToken)
    {
        var kafka = options.Kafka;
        using var reader = new ConsumerBuilder<byte[]?, byte[]?>(RedriveClient.Consumer(kafka, $"{kafka.ConsumerGroup}-redrive"))
            .SetKeyDeserializer(Deserializers.ByteArray!).SetValueDeserializer(Deserializers.ByteArray!)
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var partitions = Partitions(reader.Handle);
        if (partitions.Count == 0)
        {
            return;
        }

        using var positions = new RedrivePositions(kafka, options.Reason, partitions);
        using var history = new RedriveHistory(kafka);
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(RedriveClient.Producer(kafka))
            .SetKeySerializer(Serializers.ByteArray!).SetValueSerializer(Serializers.ByteArray!)
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        foreach (var partition in partitions)
        {
            var log = reader.QueryWatermarkOffsets(partition, AnswerTimeout);
            var next = Math.Max(positions.StartOf(partition), log.Low.Value);
            if (next < log.High.Value)
            {
                reader.Assign(new TopicPartitionOffset(partition, next));
            }

            while (next < log.High.Value && summary.Redriven < (options.Limit ?? long.MaxValue))
            {
                cancellationToken.ThrowIfCancellationRequested();
                next = RunBatch(reader, history, producer, positions, partition, log.High.Value, summary, cancellationToken);
            }
        }
    }

    /// <returns>The first offset that is not done.</returns>
    private long RunBatch(
        IConsumer<byte[]?, byte[]?> reader,
        RedriveHistory history,
        IProducer<byte[]?, byte[]?> producer,
        RedrivePositions positions,
        TopicPartition partition,
        long end,
        RedriveSummary summary,
        CancellationToken cancellationToken)
    {
        var room = Math.Min(MaxBatch, (options.Limit ?? long.MaxValue) - summary.Redriven);
        var letters = new List<DeadLetter>();
        long next = -1;
        for (int read = 0, bytes = 0; read < MaxBatch && bytes < MaxBatchBytes && letters.Count < room && next < end; read++)
        {
            var record = reader.Consume(AnswerTimeout)
                ?? throw new TrafficException($"{partition.Topic}/{partition.Partition.Value} does not answer within {AnswerTimeout.TotalSeconds:N0} s; check the broker and run again.");
            if (record.IsPartitionEOF || record.Offset.Value >= end)
            {
                next = end;
                break;
            }

            summary.Read++;
            next = record.Offset.Value + 1;
            var letter = new DeadLetter(record);
            if (!positions.IsDue(letter.Reason, record.TopicPartitionOffset))
            {
                continue;
            }

            if (letter.Topic is null || letter.Topic == partition.Topic)
            {
                summary.WithoutTopic++;
                continue;
            }

            letters.Add(letter);
            bytes += letter.Bytes;
        }

        Send(letters, history.CountsOf(letters, cancellationToken), producer);
        positions.Commit(new(partition, next));
        foreach (var letter in letters)
        {
            summary.CountRedriven(RedrivePositions.NameOf(letter.Reason));
        }

        return next;
    }

    private void Send(List<DeadLetter> letters, int[] counts, IProducer<byte[]?, byte[]?> producer)
    {
        var now = time.GetUtcNow();
        var acknowledgements = letters
            .Select((letter, i) => producer.ProduceAsync(letter.Topic, letter.Again(counts[i] + 1, now), CancellationToken.None))
            .ToArray();

        // The thread is the run's own, and every acknowledgement comes or fails within the client's message timeout.
        Task.WhenAll(acknowledgements).GetAwaiter().GetResult();
    }

    private List<TopicPartition> Partitions(Handle handle)
    {
        using var admin = new DependentAdminClientBuilder(handle).Build();
        var topic = admin.GetMetadata(options.Kafka.DeadLetterTopic, AnswerTimeout).Topics.Single();
        return topic.Error.Code switch
        {
            ErrorCode.NoError => [.. topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId))],

            // No letter was ever written.
            ErrorCode.UnknownTopicOrPart => [],
            _ => throw new KafkaException(topic.Error),
        };
    }
}
