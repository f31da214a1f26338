namespace Analytics.Tests.Simulation;

/// <summary>The code runs on a silo that is fenced: it must leave the cluster.</summary>
internal sealed class SiloLeftException() : Exception("The silo is fenced.");

/// <summary>A call had no answer in time; it may have been executed, or be executed later.</summary>
internal sealed class CallTimedOutException() : Exception("No answer in time.");

/// <summary>The silo that was called is declared dead.</summary>
internal sealed class SiloGoneException() : Exception("The silo is gone.");

/// <summary>The activation that was called is deactivating.</summary>
internal sealed class CallRejectedException() : Exception("The activation is gone.");
