namespace Analytics.Silo.Composition;

/// <summary>The process was asked to stop before everything had started. Nobody's fault: it ends as a silo that had started does.</summary>
internal sealed class StartStoppedException(Exception inner) : Exception("Stopped before the start was complete.", inner);
