using Analytics.Entities;
using Analytics.Hosting;
using Analytics.Persistence;
using Analytics.Placement;
using Analytics.Storage;
using Analytics.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;

namespace Analytics.Partitions;

/// <summary>What every partition grain of a silo shares.</summary>
internal sealed class PartitionServices(
    IAnalyticsStore store,
    SiloLease lease,
    WriteBuffer buffer,
    WriteBuffers buffers,
    KeptEntities kept,
    EntityRelay relay,
    AccountHomes homes,
    StreamClock clock,
    DeadLetterPublisher deadLetters,
    AnalyticsMetrics metrics,
    [FromKeyedServices(AnalyticsStreams.Provider)] IKafkaStreamControl kafka,
    ILocalSiloDetails silo,
    ISiloStatusOracle membership,
    TimeProvider time,
    IOptions<AnalyticsOptions> options)
{
    public IAnalyticsStore Store => store;

    public SiloLease Lease => lease;

    public WriteBuffer Buffer => buffer;

    public WriteBuffers Buffers => buffers;

    /// <summary>The entities of this silo that may be applied to without a call.</summary>
    public KeptEntities Kept => kept;

    /// <summary>The way to those of other silos.</summary>
    public EntityRelay Relay => relay;

    public AccountHomes Homes => homes;

    public StreamClock Clock => clock;

    public DeadLetterPublisher DeadLetters => deadLetters;

    public AnalyticsMetrics Metrics => metrics;

    public IKafkaStreamControl Kafka => kafka;

    public SiloAddress Silo => silo.SiloAddress;

    /// <summary>Parsable address of this silo, as <see cref="Analytics.Windowing.ApplyResult.Silo"/> names it.</summary>
    public string SiloAddress { get; } = silo.SiloAddress.ToParsableString();

    public string SiloName => silo.Name;

    /// <summary>False once the silo stops: then nothing new may be asked of other grains.</summary>
    public bool IsSiloActive => membership.CurrentStatus == SiloStatus.Active;

    /// <summary>
    /// One commit of raw rows at a time: partitions checkpoint together, and one after the other their rows are durable as soon, without
    /// taking all processors from the transactions that arrive meanwhile.
    /// </summary>
    public SemaphoreSlim CommitTurn { get; } = new(1, 1);

    public TimeProvider Time => time;

    public AnalyticsOptions Options => options.Value;
}
