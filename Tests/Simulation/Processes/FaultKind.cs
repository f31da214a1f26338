namespace Analytics.Tests.Simulation.Processes;

/// <summary>What a fault run does to the processes around a load.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL of one silo, which starts again after a while.</summary>
    SiloKilled,

    /// <summary>SIGKILL of every silo at once.</summary>
    AllSilosKilled,

    /// <summary>SIGSTOP of one silo until the others have fenced it, then SIGCONT: it must end by itself and write nothing.</summary>
    SiloFrozen,

    /// <summary>SIGTERM of one silo: it hands its partitions over, exits with 0, and joins again.</summary>
    SiloRestarted,

    /// <summary>SIGKILL of the postmaster with all its processes, and a restart on the same data.</summary>
    StoreKilled,

    /// <summary>SIGKILL of Redis and a restart on the same data.</summary>
    MembershipKilled,

    /// <summary>The broker answers the next requests of some kind with errors.</summary>
    BrokerErrors,

    /// <summary>The broker answers late for a while.</summary>
    BrokerSlow,

    /// <summary>The broker refuses every connection for a while.</summary>
    BrokerDown,

    /// <summary>The topic has more partitions; each producer and each silo learns of them at a moment of its own.</summary>
    PartitionsAdded,
}
