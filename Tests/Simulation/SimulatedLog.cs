using Analytics.Ingest;
using Analytics.Storage;
using Analytics.Transactions;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Simulation;

/// <summary>
/// The log of record: partitions whose records repeat ids, come late, are not acceptable, or have a log time that runs back or is missing.
/// </summary>
internal sealed class SimulatedLog
{
    public const long Epoch = 1;
    private const int Accounts = 3;
    private const int Merchants = 2;
    private static readonly long FirstMinute = UnixMicros.MinuteOf(UnixMicros.From(Windowing.Transactions.Noon));
    private static readonly RejectedRecord Rejected = new([1], [2], new(DeadLetterReason.NegativeAmount, ""));

    private readonly KafkaRecord<IngestedRecord>[][] _records;
    private readonly int[] _ends;
    private readonly Gate[] _appended;
    private int _missing;

    public SimulatedLog(Random random, int partitions, int recordsPerPartition)
    {
        _records = new KafkaRecord<IngestedRecord>[partitions][];
        _ends = new int[partitions];
        _appended = new Gate[partitions];
        for (var partition = 0; partition < partitions; partition++)
        {
            _records[partition] = Generate(random, partition, recordsPerPartition);
            _appended[partition] = new();
        }

        _missing = partitions * recordsPerPartition;
    }

    public int Partitions => _records.Length;

    public KafkaRecord<IngestedRecord>[] All(int partition) => _records[partition];

    public long LastOffset(int partition) => _records[partition].Length - 1;

    public bool IsComplete => _missing == 0;

    /// <summary>The offset behind the last record that was appended.</summary>
    public long End(int partition) => _ends[partition];

    /// <summary>The producer appends some records to a partition.</summary>
    public void Append(int partition, int count)
    {
        _ends[partition] += count;
        _missing -= count;
        _appended[partition].Pulse();
    }

    /// <summary>A reader has to read again what it has read.</summary>
    public void Wake(int partition) => _appended[partition].Pulse();

    /// <summary>Completes in the step of the next append, which is nobody's: who waits goes on in one of its own silo.</summary>
    public Task WhenAppended(int partition) => _appended[partition].WaitAsync();

    /// <summary>The records from an offset on, at most so many; null when there are none yet.</summary>
    public KafkaBatch<IngestedRecord>? Read(int partition, long fromOffset, int max)
    {
        var to = Math.Min(_ends[partition], fromOffset + max);
        return to <= fromOffset ? null : new(partition, Epoch, fromOffset, _records[partition][(int)fromOffset..(int)to]);
    }

    private static KafkaRecord<IngestedRecord>[] Generate(Random random, int partition, int count)
    {
        var records = new KafkaRecord<IngestedRecord>[count];
        List<CardTransaction> sent = [];
        long minute = FirstMinute, loggedAtMs = 1_000_000;
        for (var offset = 0; offset < count; offset++)
        {
            minute += random.Next(12) switch { 0 => 3, < 4 => 1, _ => 0 };
            loggedAtMs += random.Next(10) switch { 0 => -3_000, 1 => 6_000, _ => 500 };
            var timestampMs = random.Next(20) == 0 ? -1 : loggedAtMs;
            if (random.Next(12) == 0)
            {
                records[offset] = new(offset, timestampMs, new(null, Rejected), null);
                continue;
            }

            if (sent.Count == 0 || random.Next(6) != 0)
            {
                sent.Add(Transaction(random, partition, offset, minute));
            }
            else
            {
                sent.Add(sent[^Math.Min(sent.Count, random.Next(1, 12))]);
            }

            records[offset] = new(offset, timestampMs, new(sent[^1], null), null);
        }

        return records;
    }

    private static CardTransaction Transaction(Random random, int partition, int offset, long minute)
    {
        var back = random.Next(8) switch { 0 => random.Next(8), 1 => 1, _ => 0 };
        return new()
        {
            TransactionId = $"{partition}-{offset}",
            AccountId = $"a{partition}.{random.Next(Accounts)}",
            MerchantId = $"m{random.Next(Merchants)}",
            AmountMinor = random.Next(1, 1_000),
            Currency = random.Next(8) == 0 ? "USD" : "EUR",
            OccurredAtMicros = ((minute - back) * UnixMicros.PerMinute) + random.Next((int)UnixMicros.PerMinute),
            Type = random.Next(3) == 0 ? TransactionType.Refund : TransactionType.Purchase,
            Status = random.Next(5) == 0 ? TransactionStatus.Declined : TransactionStatus.Approved,
        };
    }
}
