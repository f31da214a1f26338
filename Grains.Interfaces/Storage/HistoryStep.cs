namespace Analytics.Storage;

/// <summary>The width of a history window: <c>1m</c>, <c>1h</c> or <c>1d</c>, aligned to the Unix epoch in UTC.</summary>
public enum HistoryStep
{
    Minute,
    Hour,
    Day,
}
