using Analytics.Hosting;
using Analytics.Persistence;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Analytics.Entities;

/// <summary>What every account and merchant grain of a silo shares.</summary>
internal sealed class EntityServices(
    WriteBuffer buffer,
    EntityLoader loader,
    SiloLease lease,
    StreamClock clock,
    KeptEntities kept,
    EntityMemory memory,
    ILocalSiloDetails silo,
    IOptions<AnalyticsOptions> options)
{
    private readonly long _keptMinutes = LiveWindows.Day + (long)Math.Ceiling(options.Value.AllowedLateness.TotalMinutes);

    /// <summary>Parsable address of this silo.</summary>
    public string Silo { get; } = silo.SiloAddress.ToParsableString();

    public WriteBuffer Buffer => buffer;

    public EntityLoader Loader => loader;

    public SiloLease Lease => lease;

    public StreamClock Clock => clock;

    public KeptEntities Kept => kept;

    public EntityMemory Memory => memory;

    /// <summary>
    /// The first minute that entities keep in memory: the longest window, and the allowed lateness before it, so that an event that is not
    /// late finds its bucket, and a reader may look back by the allowed lateness. Stream time may be ahead of the clock; readers are not.
    /// </summary>
    public long KeepFromMinute =>
        clock.StreamTimeMicros == UnixMicros.None ? long.MinValue : UnixMicros.MinuteOf(UnixMicros.From(clock.AsOf())) - _keptMinutes;
}
