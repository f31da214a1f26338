using System.IO.Hashing;
using System.Text;
using Analytics.V1;
using Analytics.Windowing;
using Confluent.Kafka;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// What the log amounts to, computed from its records alone and without the program's code: the fate of every record, and every window.
/// Records are to be added in the order of their offsets; safe for one writer and many readers.
/// </summary>
internal sealed class LogOracle(int partitions, TimeSpan allowedLateness)
{
    private const long MicrosPerSecond = 1_000_000;
    private const long MicrosPerMinute = 60 * MicrosPerSecond;
    private const long WatermarkDelayMicros = 5 * MicrosPerSecond;

    private readonly Lock _lock = new();
    private readonly List<Verdict>[] _verdicts = [.. Enumerable.Range(0, partitions).Select(_ => new List<Verdict>())];
    private readonly HashSet<UInt128>[] _ids = [.. Enumerable.Range(0, partitions).Select(_ => new HashSet<UInt128>())];
    private readonly long?[] _streamTimeMicros = new long?[partitions];
    private readonly Dictionary<(EntityKind Kind, string Id), Dictionary<(string Currency, long Minute), BucketTotals>> _windows = [];

    public int Partitions => partitions;

    /// <summary>Judges the record that follows the last one of its partition.</summary>
    public void Add(ConsumeResult<byte[]?, byte[]?> record)
    {
        lock (_lock)
        {
            var verdicts = _verdicts[record.Partition.Value];
            Assert.Equal(verdicts.Count, record.Offset.Value);
            verdicts.Add(Judge(record));
        }
    }

    /// <summary>The offset after the last one seen.</summary>
    public long End(int partition)
    {
        lock (_lock)
        {
            return _verdicts[partition].Count;
        }
    }

    /// <summary>Every record of a partition, by offset.</summary>
    public IReadOnlyList<Verdict> Verdicts(int partition)
    {
        lock (_lock)
        {
            return [.. _verdicts[partition]];
        }
    }

    public long Count(Outcome outcome)
    {
        lock (_lock)
        {
            return _verdicts.Sum(p => p.LongCount(v => v.Outcome == outcome));
        }
    }

    /// <summary>Every account or merchant that a window has to exist for.</summary>
    public IReadOnlyList<string> Entities(EntityKind kind)
    {
        lock (_lock)
        {
            return [.. _windows.Keys.Where(k => k.Kind == kind).Select(k => k.Id).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>The sums of the last minutes up to the one that holds a time, by currency; currencies without any are left out.</summary>
    public IReadOnlyDictionary<string, BucketTotals> Window(EntityKind kind, string id, DateTimeOffset asOf, int minutes)
    {
        var last = (asOf - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMinute;
        lock (_lock)
        {
            return _windows.TryGetValue((kind, id), out var buckets)
                ? buckets.Where(b => b.Key.Minute > last - minutes && b.Key.Minute <= last)
                    .GroupBy(b => b.Key.Currency)
                    .ToDictionary(g => g.Key, g => g.Select(b => b.Value).Aggregate(Sum))
                : new Dictionary<string, BucketTotals>();
        }
    }

    public static UInt128 IdentityOf(string transactionId) => XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(transactionId));

    public static UInt128 IdentityOf(byte[]? key, byte[]? value)
    {
        var hash = new XxHash128();
        hash.Append(key is null ? [0] : [1, .. key]);
        hash.Append(value is null ? [0] : [1, .. value]);
        return hash.GetCurrentHashAsUInt128();
    }

    private Verdict Judge(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (record.Message.Headers.TryGetLastBytes(LoadContent.ReasonHeader, out var reason))
        {
            return new(Outcome.Rejected, IdentityOf(record.Message.Key, record.Message.Value), string.Intern(Encoding.UTF8.GetString(reason)));
        }

        var partition = record.Partition.Value;
        var transaction = Transaction.Parser.ParseFrom(record.Message.Value);
        var identity = IdentityOf(transaction.TransactionId);

        // A run is shorter than the deduplication horizon, or sends nothing again that is nearly as old.
        if (!_ids[partition].Add(identity))
        {
            return new(Outcome.Duplicate, identity, null);
        }

        var occurredAtMicros = (transaction.OccurredAt.Seconds * MicrosPerSecond) + (transaction.OccurredAt.Nanos / 1_000);
        var minute = occurredAtMicros / MicrosPerMinute;
        var closedAtMicros = (minute + 1) * MicrosPerMinute;
        var isLate = _streamTimeMicros[partition] is { } streamTime
            && closedAtMicros + (long)allowedLateness.TotalMicroseconds < streamTime - WatermarkDelayMicros;
        _streamTimeMicros[partition] = Math.Max(_streamTimeMicros[partition] ?? long.MinValue, occurredAtMicros);
        if (isLate)
        {
            return new(Outcome.Late, identity, null);
        }

        Count(EntityKind.Account, transaction.AccountId, minute, transaction);
        Count(EntityKind.Merchant, transaction.MerchantId, minute, transaction);
        return new(Outcome.Accepted, identity, null);
    }

    private void Count(EntityKind kind, string id, long minute, Transaction transaction)
    {
        if (!_windows.TryGetValue((kind, id), out var buckets))
        {
            _windows.Add((kind, id), buckets = []);
        }

        var key = (string.Intern(transaction.Currency), minute);
        buckets[key] = Sum(buckets.GetValueOrDefault(key), TotalsOf(transaction));
    }

    private static BucketTotals TotalsOf(Transaction transaction)
    {
        var isApproved = transaction.Status == Transaction.Types.Status.Approved;
        var isDebit = isApproved && transaction.Type is (Transaction.Types.Type.Purchase or Transaction.Types.Type.Withdrawal
            or Transaction.Types.Type.TransferOut or Transaction.Types.Type.Fee);
        return new()
        {
            Count = 1,
            ApprovedCount = isApproved ? 1 : 0,
            DeclinedCount = transaction.Status == Transaction.Types.Status.Declined ? 1 : 0,
            ReversedCount = transaction.Status == Transaction.Types.Status.Reversed ? 1 : 0,
            DebitCount = isDebit ? 1 : 0,
            DebitMinor = isDebit ? transaction.AmountMinor : 0,
            CreditCount = isApproved && !isDebit ? 1 : 0,
            CreditMinor = isApproved && !isDebit ? transaction.AmountMinor : 0,
            MinMinor = isDebit ? transaction.AmountMinor : 0,
            MaxMinor = isDebit ? transaction.AmountMinor : 0,
        };
    }

    private static BucketTotals Sum(BucketTotals a, BucketTotals b) => new()
    {
        Count = a.Count + b.Count,
        ApprovedCount = a.ApprovedCount + b.ApprovedCount,
        DeclinedCount = a.DeclinedCount + b.DeclinedCount,
        ReversedCount = a.ReversedCount + b.ReversedCount,
        DebitMinor = a.DebitMinor + b.DebitMinor,
        DebitCount = a.DebitCount + b.DebitCount,
        CreditMinor = a.CreditMinor + b.CreditMinor,
        CreditCount = a.CreditCount + b.CreditCount,
        MinMinor = a.DebitCount == 0 ? b.MinMinor : b.DebitCount == 0 ? a.MinMinor : Math.Min(a.MinMinor, b.MinMinor),
        MaxMinor = Math.Max(a.MaxMinor, b.MaxMinor),
    };
}
