namespace Analytics.Silo.Traffic;

/// <summary>What was sent of one account or merchant.</summary>
internal sealed class BusyEntity(string id)
{
    public string Id { get; } = id;

    public long Count { get; private set; }

    /// <summary>Smallest event time.</summary>
    public DateTimeOffset First { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Largest event time.</summary>
    public DateTimeOffset Last { get; private set; } = DateTimeOffset.MinValue;

    public void Add(DateTimeOffset occurredAt)
    {
        Count++;
        First = occurredAt < First ? occurredAt : First;
        Last = occurredAt > Last ? occurredAt : Last;
    }
}
