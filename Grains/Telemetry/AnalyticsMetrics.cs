using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Analytics.Partitions;
using Analytics.Storage;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Telemetry;

/// <summary>The meter "Orleans.Analytics". Dashboards and alerts rely on its names.</summary>
internal sealed class AnalyticsMetrics : IDisposable
{
    public const string MeterName = "Orleans.Analytics";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<int, PartitionGauges> _partitions = new();
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _late;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _storeFailures;
    private readonly Counter<long> _remoteCalls;
    private readonly Counter<long> _relays;
    private readonly Histogram<double> _ingestLatency;
    private readonly Histogram<double> _commitDuration;

    public AnalyticsMetrics()
    {
        _accepted = _meter.CreateCounter<long>("analytics.transactions.accepted", null, "Records accepted and applied.");
        _duplicates = _meter.CreateCounter<long>("analytics.transactions.duplicates", null, "Records dropped by transaction_id.");
        _late = _meter.CreateCounter<long>("analytics.transactions.late", null, "Accepted records too late for the live windows.");
        _deadLetters = _meter.CreateCounter<long>("analytics.dead_letters", null, "Records published to the dead-letter topic.");
        _storeFailures = _meter.CreateCounter<long>("analytics.store.failures", null, "Calls to the store that failed and were repeated.");
        _remoteCalls = _meter.CreateCounter<long>(
            "analytics.entity.remote_calls", null, "Batches that went to an account or merchant on another silo; few for accounts but while partitions move.");
        _relays = _meter.CreateCounter<long>(
            "analytics.entity.relays", null, "Calls to another silo that brought a batch's events to all of its accounts and merchants at once.");
        _ingestLatency = _meter.CreateHistogram<double>(
            "analytics.ingest.latency.seconds",
            null,
            "From a record's log timestamp to applied in its grains; one value per batch, that of its oldest record.",
            advice: new() { HistogramBucketBoundaries = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300] });
        _commitDuration = _meter.CreateHistogram<double>(
            "analytics.store.commit.seconds",
            null,
            "Duration of one commit of windows or of one checkpoint.",
            advice: new() { HistogramBucketBoundaries = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30] });
        Observe("analytics.partition.offset", "Last offset applied.", g => g.Offset);
        Observe("analytics.partition.checkpoint.offset", "Last offset whose effects are durable.", g => g.CheckpointOffset);
        Observe("analytics.partition.lag.records", "Records in the log that are not applied.", g => g.LagRecords);
        Observe("analytics.pending.records", "Records applied and not yet durable.", g => g.PendingRecords);
        Observe(
            "analytics.checkpoint.age.seconds",
            "Time since the checkpoint was last known to be complete.",
            g => Stopwatch.GetElapsedTime(g.CheckpointedAt).TotalSeconds);
    }

    /// <summary>Every record's latency since the process started, for benchmarks.</summary>
    public LatencyTotals Latencies { get; } = new();

    public void Dispose() => _meter.Dispose();

    /// <summary>Adds what became of the records of one applied batch.</summary>
    public void Applied(int partition, PartitionCounters counters, TimeSpan? latency)
    {
        var tag = new KeyValuePair<string, object?>("partition", partition);
        _accepted.Add(counters.Accepted, tag);
        AddUnlessZero(_duplicates, counters.Duplicates, tag);
        AddUnlessZero(_late, counters.Late, tag);
        if (latency is { } known)
        {
            _ingestLatency.Record(known.TotalSeconds);
        }
    }

    public void DeadLettered(int partition, DeadLetterReason reason) =>
        _deadLetters.Add(1, new("partition", partition), new("reason", DeadLetterReasons.CodeOf(reason)));

    public void CalledRemotely(EntityKind kind, int batches) =>
        AddUnlessZero(_remoteCalls, batches, new("kind", kind == EntityKind.Account ? "account" : "merchant"));

    /// <summary>Adds calls of <see cref="Entities.EntityRelay"/>.</summary>
    public void Relayed(int calls)
    {
        if (calls != 0)
        {
            _relays.Add(calls);
        }
    }

    public void StoreFailed() => _storeFailures.Add(1);

    /// <summary>Measures a commit until the answer is disposed.</summary>
    public CommitTimer MeasureCommit() => new(_commitDuration);

    public PartitionGauges Gauges(int partition) => _partitions.GetOrAdd(partition, _ => new());

    /// <summary>Stops reporting a partition that this silo no longer handles.</summary>
    public void Forget(int partition) => _partitions.TryRemove(partition, out _);

    public void ObserveWriteBuffer(Func<int> count, int limit)
    {
        _meter.CreateObservableGauge("analytics.write_buffer.rows", () => count(), null, "Changed windows that are not durable yet.");
        _meter.CreateObservableGauge("analytics.write_buffer.limit.rows", () => limit, null, "Bound of analytics.write_buffer.rows.");
    }

    public void ObserveMemory(EntityMemory memory)
    {
        _meter.CreateObservableGauge(
            "analytics.entity.buckets", () => memory.Buckets.Count, null, "Buckets of active accounts and merchants in memory, 120 bytes each.");
        _meter.CreateObservableGauge(
            "analytics.entity.position_blocks", () => memory.Positions.Count, null, "Positions of buckets that several partitions feed, 176 bytes for seven.");
    }

    private static void AddUnlessZero(Counter<long> counter, long value, KeyValuePair<string, object?> tag)
    {
        if (value != 0)
        {
            counter.Add(value, tag);
        }
    }

    private void Observe(string name, string description, Func<PartitionGauges, double> value) =>
        _meter.CreateObservableGauge(
            name,
            () => _partitions.Select(p => new Measurement<double>(value(p.Value), new KeyValuePair<string, object?>("partition", p.Key))),
            null,
            description);

    internal readonly struct CommitTimer(Histogram<double> histogram) : IDisposable
    {
        private readonly long _startedAt = Stopwatch.GetTimestamp();

        public void Dispose() => histogram.Record(Stopwatch.GetElapsedTime(_startedAt).TotalSeconds);
    }
}
