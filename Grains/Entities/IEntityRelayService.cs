using Analytics.Windowing;
using Orleans.Services;

namespace Analytics.Entities;

/// <summary>Takes what a partition on one silo has for entities on another: one call for all of them instead of one for each.</summary>
public interface IEntityRelayService : IGrainService
{
    /// <summary>Applies each batch whose entity this silo keeps, exactly once, however often it is sent.</summary>
    /// <param name="batches">Of one batch of one partition, one for each entity; at least one.</param>
    ValueTask<RelayAnswer> ApplyAsync(RelayedBatch[] batches);
}

/// <summary>A batch and whose it is; the id is in its events.</summary>
[GenerateSerializer, Immutable]
public readonly record struct RelayedBatch([property: Id(0)] EntityKind Kind, [property: Id(1)] EntityBatch Batch);

/// <summary>What became of the batches of one call.</summary>
/// <param name="Left">
/// Indexes of those that were not applied, in order: their entities are not kept here, have missed something, or must be loaded first. The
/// entity itself has to be called.
/// </param>
/// <param name="Saturated">Additions that would have overflowed a sum.</param>
[GenerateSerializer, Immutable]
public readonly record struct RelayAnswer([property: Id(0)] int[] Left, [property: Id(1)] int Saturated);
