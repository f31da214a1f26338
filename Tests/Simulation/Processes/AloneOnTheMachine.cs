namespace Analytics.Tests.Simulation.Processes;

/// <summary>Tests that measure how quickly processes recover run after all others, one at a time.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public sealed class AloneOnTheMachine;
