namespace Analytics.Silo.Bench;

/// <summary>The benchmark could not be carried out: one line, exit code 1.</summary>
internal sealed class BenchException(string message, Exception? inner = null) : Exception(message, inner);
