namespace Analytics.Storage;

/// <summary>
/// This silo may not write any more: the cluster goes on without it and reads what is stored in its place. Trying again is wrong; the
/// silo must leave, and a new one may start.
/// </summary>
public sealed class SiloFencedException(string message) : Exception(message);
