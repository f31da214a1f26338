namespace Analytics.Silo.Bench.Report;

/// <summary>The silo's garbage collections while measuring.</summary>
internal sealed record GcFigures(string Mode, int Gen0, int Gen1, int Gen2, double PauseMs, double PausePercent, double LongestPauseMs);
