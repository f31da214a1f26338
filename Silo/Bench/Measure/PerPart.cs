namespace Analytics.Silo.Bench.Measure;

/// <summary>A figure of each part of the system; null where there is no such process or it cannot be told.</summary>
internal sealed record PerPart<T>(T Silo, T Broker, T Database, T Generator);
