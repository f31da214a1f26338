namespace Analytics.Silo.Traffic;

/// <summary>A run cannot go on; the message is one line for the operator, exit code 1.</summary>
internal sealed class TrafficException(string message, Exception? inner = null) : Exception(message, inner);
