using Analytics.Silo.Configuration;
using Analytics.Transactions;
using Confluent.Kafka;

namespace Analytics.Silo.Redrive;

/// <summary>
/// How far the letters of each reason were redriven. Each reason is a consumer group of its own, so that a run for one reason leaves the
/// letters of the others to later runs, and a run for all of them sends none again that an earlier run for one has sent.
/// </summary>
internal sealed class RedrivePositions : IDisposable
{
    /// <summary>Stands for letters whose reason this program does not know.</summary>
    public const string OtherReason = "other";

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, IConsumer<Ignore, Ignore>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Reason, TopicPartition Partition), long> _next = [];

    /// <exception cref="KafkaException">The cluster does not say what the groups have committed.</exception>
    public RedrivePositions(KafkaSettings kafka, string? reason, IReadOnlyList<TopicPartition> partitions)
    {
        try
        {
            foreach (var wanted in reason is null ? [.. KnownReasons, OtherReason] : (IEnumerable<string>)[reason])
            {
                var group = new ConsumerBuilder<Ignore, Ignore>(RedriveClient.Consumer(kafka, $"{kafka.ConsumerGroup}-redrive-{wanted}"))
                    .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
                _groups.Add(wanted, group);
                foreach (var committed in group.Committed(partitions, AnswerTimeout))
                {
                    _next[(wanted, committed.TopicPartition)] = Math.Max(0, committed.Offset.Value);
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The codes of <c>dl-reason</c>.</summary>
    public static IReadOnlyList<string> KnownReasons { get; } = [.. Enum.GetValues<DeadLetterReason>().Select(DeadLetterReasons.CodeOf)];

    /// <summary>First offset of a partition that may hold a letter to redrive.</summary>
    public long StartOf(TopicPartition partition) => _groups.Keys.Min(reason => _next[(reason, partition)]);

    /// <summary>Whether the letter is of a reason that this run redrives, and was not redriven before.</summary>
    public bool IsDue(string? reason, TopicPartitionOffset at) =>
        _next.TryGetValue((NameOf(reason), at.TopicPartition), out var next) && at.Offset.Value >= next;

    /// <summary>The group's name for a reason.</summary>
    public static string NameOf(string? reason) => reason is not null && KnownReasons.Contains(reason) ? reason : OtherReason;

    /// <summary>Everything before <paramref name="next"/> is done; durable when this returns.</summary>
    /// <exception cref="KafkaException">The cluster did not take it: a later run sends the same letters again.</exception>
    public void Commit(TopicPartitionOffset next)
    {
        foreach (var (reason, group) in _groups)
        {
            if (_next[(reason, next.TopicPartition)] < next.Offset.Value)
            {
                group.Commit([next]);
                _next[(reason, next.TopicPartition)] = next.Offset.Value;
            }
        }
    }

    public void Dispose()
    {
        foreach (var group in _groups.Values)
        {
            group.Dispose();
        }
    }
}
