using Analytics.Tests.Integration;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>One silo of a cluster over its restarts.</summary>
internal sealed class SiloPlace(int number)
{
    public int Number => number;

    /// <summary>Null while it is down.</summary>
    public ServeProcess? Silo { get; set; }

    /// <summary>Whether a fault is at work here: it must not become the target of another one.</summary>
    public bool IsBusy { get; set; }

    public int SiloPort { get; set; }

    public int GatewayPort { get; set; }
}
