namespace Analytics.Silo.Traffic;

/// <summary>Which event time a replayed transaction gets.</summary>
internal enum EventTime
{
    /// <summary>The file's.</summary>
    Original,

    /// <summary>The moment it is sent.</summary>
    Now,
}
