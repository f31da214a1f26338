namespace Analytics.Tests.Simulation;

/// <summary>A rule of the protocol that a run leaves out on purpose, to show that the simulation notices.</summary>
internal enum Rule
{
    None,

    /// <summary>The commit of a fenced silo throws.</summary>
    Fence,

    /// <summary>A dead silo is fenced before anything is loaded in its place.</summary>
    FenceBeforeLoad,

    /// <summary>An activation that is behind a batch's previous position refuses the batch.</summary>
    GapCheck,

    /// <summary>A bucket remembers the positions that it includes.</summary>
    BucketPositions,

    /// <summary>A checkpoint waits for the write buffers.</summary>
    Flush,

    /// <summary>A checkpoint covers only what was applied before the write buffers were told to commit.</summary>
    FlushedOnly,

    /// <summary>What a lost silo had buffered is applied again before the checkpoint passes it.</summary>
    Replay,

    /// <summary>A value that is not durable yet wins over the older one that the store holds.</summary>
    PendingWins,

    /// <summary>A silo commits the values of a bucket in the order in which they came about.</summary>
    CommitOrder,

    /// <summary>A partition resumes with the stream time of its checkpoint.</summary>
    StreamTime,

    /// <summary>A partition resumes with the transaction ids accepted before.</summary>
    Duplicates,

    /// <summary>Checkpoint and transaction ids that a partition resumes with are of one moment.</summary>
    StableStart,

    /// <summary>Batches are kept until their checkpoint is durable.</summary>
    KeepUntilDurable,

    /// <summary>A checkpoint moves only from the one that is expected.</summary>
    ConditionalMove,

    /// <summary>A dead letter is acknowledged before the checkpoint passes it.</summary>
    DeadLetters,

    /// <summary>
    /// The first batch of an activation that a reader loaded loads it again. A second guard: no schedule was found that needs it while
    /// deactivations are durable and an entity has one activation.
    /// </summary>
    Reload,

    /// <summary>A deactivation waits until what the activation wrote is durable, however long the store is away.</summary>
    DurableDeactivation,

    /// <summary>An activation that ends takes nothing more, not even from a partition of its own silo, which applies without a call.</summary>
    EndingRefuses,

    /// <summary>What another silo leaves out of a call for all its entities is sent to each of them.</summary>
    RelayLeft,

    /// <summary>Without a checkpoint a partition begins where reading began, whatever an earlier activation took.</summary>
    Beginning,

    /// <summary>A delivery that skips records ends the activation; the next one resumes from the checkpoint.</summary>
    DeliveryGap,

    /// <summary>Records that are delivered again beside new ones are passed over.</summary>
    KnownRecords,

    /// <summary>What could not be delivered is delivered again, before anything that follows it.</summary>
    Redelivery,

    /// <summary>A partition has an activation wherever it is read, also when nothing is delivered.</summary>
    Keeper,

    /// <summary>An activation has delivered again what an earlier one took and did not make durable.</summary>
    DeliverAgain,

    /// <summary>An entity has one activation among the silos that are not fenced.</summary>
    SingleActivation,
}
