using System.Globalization;
using System.Text;
using Analytics.V1;
using Confluent.Kafka;
using Google.Protobuf;
using Orleans.Streaming.Kafka;
using EventTime = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// The records of one producer, drawn from a seed: valid ones whose event times are out of order, late ones, ones sent again, and bad ones
/// of several kinds. A bad record says in a header why it is bad, so that the oracle need not know the program's rules.
/// </summary>
internal sealed class LoadContent(int seed, int producer, TopicGrowth growth, FaultOptions options)
{
    /// <summary>The header of a bad record; its value is the reason that its dead letter has to name.</summary>
    public const string ReasonHeader = "test-reason";

    // Well within the deduplication horizon of ten minutes, and past any restart.
    private static readonly TimeSpan SentAgainWithin = TimeSpan.FromMinutes(2);
    private static readonly string[] Currencies = ["EUR", "GBP", "USD", "JPY", "BHD"];

    private static readonly (string Reason, Action<Transaction, DateTimeOffset> Spoil)[] Bad =
    [
        ("missing_field", (t, _) => t.MerchantId = ""),
        ("missing_field", (t, _) => t.TransactionId = ""),
        ("missing_field", (t, _) => t.OccurredAt = null),
        ("field_too_long", (t, _) => t.Category = new('c', 65)),
        ("negative_amount", (t, _) => t.AmountMinor = -1 - t.AmountMinor),
        ("unknown_currency", (t, _) => t.Currency = "QQQ"),
        ("type_unspecified", (t, _) => t.Type = Transaction.Types.Type.Unspecified),
        ("status_unspecified", (t, _) => t.Status = Transaction.Types.Status.Unspecified),
        ("event_time_in_future", (t, now) => t.OccurredAt = EventTime.FromDateTimeOffset(now.AddDays(1))),

        // So near that whoever reads it again a few seconds later would take it, by his clock.
        ("event_time_in_future", (t, now) => t.OccurredAt = EventTime.FromDateTimeOffset(now.AddMinutes(5).AddSeconds(1))),
    ];

    private readonly Random _random = new((seed * 31) + producer);
    private readonly Queue<(DateTimeOffset SentAt, int Partition, Message<byte[]?, byte[]?> Message)> _sent = new();
    private long _count;

    /// <summary>A record, and the partition that Kafka's default partitioner chooses among those that the producer knows.</summary>
    public (int Partition, Message<byte[]?, byte[]?> Message) Next(DateTimeOffset now)
    {
        while (_sent.TryPeek(out var oldest) && (oldest.SentAt < now - SentAgainWithin || _sent.Count > 2_000))
        {
            _sent.Dequeue();
        }

        var kind = _random.Next(100);
        if (kind < 3 && _sent.Count > 0)
        {
            return Again();
        }

        var message = kind < 5 ? Spoiled(now) : Valid(now);
        var partitions = growth.KnownToProducer(producer);
        var partition = message.Key is null ? _random.Next(partitions) : KafkaPartitioner.PartitionOf(message.Key, partitions);

        // Without a key it may be in any partition, and what is sent again would not be known in most of them.
        if (kind >= 5 && message.Key is not null && _random.Next(5) == 0)
        {
            _sent.Enqueue((now, partition, message));
        }

        return (partition, message);
    }

    // To the partition where it went first, for deduplication is promised within a partition; and a new object, for the client writes the
    // timestamp of delivery into the message.
    private (int Partition, Message<byte[]?, byte[]?> Message) Again()
    {
        var (_, partition, message) = _sent.ElementAt(_random.Next(_sent.Count));
        return (partition, new() { Key = message.Key, Value = message.Value });
    }

    private Message<byte[]?, byte[]?> Valid(DateTimeOffset now)
    {
        var transaction = Draw(now);
        return new() { Key = _random.Next(100) == 0 ? null : Encoding.UTF8.GetBytes(transaction.AccountId), Value = transaction.ToByteArray() };
    }

    private Message<byte[]?, byte[]?> Spoiled(DateTimeOffset now)
    {
        var transaction = Draw(now);
        var key = Encoding.UTF8.GetBytes(transaction.AccountId);
        switch (_random.Next(4))
        {
            case 0:
                return Marked(now, "undecodable", key, _random.Next(3) == 0 ? null : [0xff, 0xfe, 0xfd, 0x00, (byte)_random.Next(256)]);
            case 1:
                return Marked(now, "key_mismatch", Encoding.UTF8.GetBytes($"not-{transaction.AccountId}"), transaction.ToByteArray());
            default:
                var (reason, spoil) = Bad[_random.Next(Bad.Length)];
                spoil(transaction, now);
                return Marked(now, reason, key, transaction.ToByteArray());
        }
    }

    private Transaction Draw(DateTimeOffset now)
    {
        // Squares: few accounts get most of it.
        var account = (int)(options.Accounts * _random.NextDouble() * _random.NextDouble());
        var merchant = (int)(options.Merchants * _random.NextDouble() * _random.NextDouble());
        return new()
        {
            TransactionId = string.Create(CultureInfo.InvariantCulture, $"{seed}-{producer}-{_count++}"),
            AccountId = string.Create(CultureInfo.InvariantCulture, $"acct-{account:D5}"),
            MerchantId = string.Create(CultureInfo.InvariantCulture, $"shop {merchant}/{merchant % 7}"),
            AmountMinor = _random.Next(1, 100_000),
            Currency = Currencies[(account + (_random.Next(20) == 0 ? 1 : 0)) % Currencies.Length],
            OccurredAt = EventTime.FromDateTimeOffset(now - Age()),
            Type = (Transaction.Types.Type)_random.Next(1, 9),
            Status = (Transaction.Types.Status)(_random.Next(10) is var status && status < 8 ? 1 : status - 6),
            Category = "5411",
            Country = "GB",
            Channel = Transaction.Types.Channel.Ecommerce,
        };
    }

    private TimeSpan Age() => _random.Next(100) switch
    {
        < 2 => options.AllowedLateness + TimeSpan.FromMinutes(_random.Next(10, 300)),
        < 10 => TimeSpan.FromSeconds(_random.Next(600)),
        _ => TimeSpan.FromMilliseconds(_random.Next(3_000)),
    };

    private static Message<byte[]?, byte[]?> Marked(DateTimeOffset now, string reason, byte[] key, byte[]? value) => new()
    {
        Timestamp = new(now),
        Key = key,
        Value = value,
        Headers = [new Header(ReasonHeader, Encoding.UTF8.GetBytes(reason))],
    };
}
