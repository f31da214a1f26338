using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>What has to come of the log, computed naively and without any crash.</summary>
internal sealed class Oracle
{
    public const int DeduplicationLimit = 6;
    public static readonly TimeSpan DeduplicationHorizon = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan AllowedLateness = TimeSpan.FromMinutes(3);

    private static readonly List<(int Partition, long Offset, CardTransaction Transaction)> Nothing = [];

    private readonly Dictionary<(EntityKind Kind, BucketKey Key), List<(int Partition, long Offset, CardTransaction Transaction)>> _events = [];
    private readonly List<RawRow>[] _rows;
    private readonly List<long>[] _rejected;
    private readonly (PartitionCounters Counters, long StreamTimeMicros)[][] _after;

    public Oracle(SimulatedLog log)
    {
        _rows = new List<RawRow>[log.Partitions];
        _rejected = new List<long>[log.Partitions];
        _after = new (PartitionCounters, long)[log.Partitions][];
        for (var partition = 0; partition < log.Partitions; partition++)
        {
            _rows[partition] = [];
            _rejected[partition] = [];
            _after[partition] = Judge(log, partition);
        }
    }

    public Dictionary<(EntityKind Kind, BucketKey Key), List<(int Partition, long Offset, CardTransaction Transaction)>>.KeyCollection Buckets => _events.Keys;

    public IEnumerable<long> RejectedThrough(int partition, long offset) => _rejected[partition].Where(o => o <= offset);

    public List<RawRow> RowsOf(int partition) => _rows[partition];

    public (PartitionCounters Counters, long StreamTimeMicros) After(int partition, long offset) => _after[partition][offset];

    /// <summary>The accepted events of a bucket that are not late, in offset order within a partition.</summary>
    public List<(int Partition, long Offset, CardTransaction Transaction)> EventsOf(EntityKind kind, BucketKey key) =>
        _events.TryGetValue((kind, key), out var events) ? events : Nothing;

    /// <summary>The value of a bucket that includes its events up to the given positions.</summary>
    public BucketTotals TotalsOf(EntityKind kind, BucketKey key, Position[] through)
    {
        var totals = new BucketTotals();
        foreach (var (partition, offset, transaction) in EventsOf(kind, key))
        {
            if (offset <= OffsetOf(through, partition))
            {
                Add(ref totals, transaction);
            }
        }

        return totals;
    }

    public static long OffsetOf(Position[] positions, int partition)
    {
        foreach (var position in positions)
        {
            if (position.Partition == partition)
            {
                return position.Offset;
            }
        }

        return -1;
    }

    private static void Add(ref BucketTotals totals, CardTransaction transaction)
    {
        totals.Count++;
        if (transaction.Status == TransactionStatus.Declined)
        {
            totals.DeclinedCount++;
            return;
        }

        totals.ApprovedCount++;
        if (transaction.Type == TransactionType.Refund)
        {
            totals.CreditCount++;
            totals.CreditMinor += transaction.AmountMinor;
            return;
        }

        totals.MinMinor = totals.DebitCount == 0 ? transaction.AmountMinor : Math.Min(totals.MinMinor, transaction.AmountMinor);
        totals.MaxMinor = Math.Max(totals.MaxMinor, transaction.AmountMinor);
        totals.DebitCount++;
        totals.DebitMinor += transaction.AmountMinor;
    }

    private (PartitionCounters, long)[] Judge(SimulatedLog log, int partition)
    {
        var rows = _rows[partition];
        var after = new (PartitionCounters, long)[log.LastOffset(partition) + 1];
        long accepted = 0, late = 0, duplicates = 0, rejected = 0, streamTime = UnixMicros.None, newestMicros = 0;
        foreach (var record in log.All(partition))
        {
            if (record.Value.Transaction is not { } transaction)
            {
                rejected++;
                _rejected[partition].Add(record.Offset);
            }
            else
            {
                // Log time never runs back, and never more than half a horizon ahead of the record accepted before.
                var stampedMicros = Math.Max(0, record.TimestampMs * UnixMicros.PerMillisecond);
                var furthest = newestMicros == 0 ? long.MaxValue : newestMicros + ((long)DeduplicationHorizon.TotalMicroseconds / 2);
                var loggedAtMicros = Math.Min(furthest, Math.Max(newestMicros, stampedMicros));
                var since = loggedAtMicros - (long)DeduplicationHorizon.TotalMicroseconds;
                if (rows.TakeLast(DeduplicationLimit).Any(
                    r => r.Transaction.TransactionId == transaction.TransactionId && r.IngestedAtMicros >= since))
                {
                    duplicates++;
                }
                else
                {
                    var minute = UnixMicros.MinuteOf(transaction.OccurredAtMicros);
                    var closedMicros = ((minute + 1) * UnixMicros.PerMinute) + (long)AllowedLateness.TotalMicroseconds;
                    var isLate = streamTime != UnixMicros.None && closedMicros < streamTime - (5 * UnixMicros.PerSecond);
                    rows.Add(new(transaction, record.Offset, loggedAtMicros, isLate));
                    accepted++;
                    newestMicros = loggedAtMicros;
                    streamTime = Math.Max(streamTime, transaction.OccurredAtMicros);
                    late += isLate ? 1 : 0;
                    if (!isLate)
                    {
                        Include(EntityKind.Account, new(transaction.AccountId, transaction.Currency, minute));
                        Include(EntityKind.Merchant, new(transaction.MerchantId, transaction.Currency, minute));
                    }
                }

                void Include(EntityKind kind, BucketKey key)
                {
                    if (!_events.TryGetValue((kind, key), out var events))
                    {
                        _events.Add((kind, key), events = []);
                    }

                    events.Add((partition, record.Offset, transaction));
                }
            }

            after[record.Offset] = (new(accepted, late, duplicates, rejected, 0), streamTime);
        }

        return after;
    }
}
