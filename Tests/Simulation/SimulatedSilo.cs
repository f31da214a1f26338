using Analytics.Persistence;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Tests.Simulation;

/// <summary>One silo: a write buffer, a stream clock, and whether it is alive, frozen or believed dead.</summary>
internal sealed class SimulatedSilo
{
    // Days become minutes, so that a short schedule sees eviction and look-ups of what was evicted.
    private const long KeptMinutes = 4;

    private long _streamTimeMicros = UnixMicros.None;

    public SimulatedSilo(World world, SimulatedStore store, Invariants invariants, Rule broken, int number)
    {
        Name = $"silo{number}";
        Buffer = new(world, store, invariants, this, broken);
    }

    public string Name { get; }

    public WriteBufferDriver Buffer { get; }

    public EntityMemory Memory { get; } = new(chunkLength: 32);

    /// <summary>Its memory is lost and nothing of it runs any more.</summary>
    public bool Crashed { get; set; }

    /// <summary>Nothing of it runs until then, and then everything goes on.</summary>
    public long FrozenUntilMs { get; set; }

    /// <summary>The cluster has given it up. It may not know.</summary>
    public bool DeclaredDead { get; set; }

    public long KeepFromMinute =>
        _streamTimeMicros == UnixMicros.None ? long.MinValue : UnixMicros.MinuteOf(_streamTimeMicros) - KeptMinutes;

    public void Advance(long streamTimeMicros) => _streamTimeMicros = Math.Max(_streamTimeMicros, streamTimeMicros);

    public override string ToString() => Name;
}
