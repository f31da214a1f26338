namespace Analytics.Persistence;

/// <summary>Whether this silo still takes part.</summary>
public interface ISiloLease
{
    /// <summary>The silo was fenced, or found another owner's checkpoint: it writes nothing more and stops its host.</summary>
    bool IsLost { get; }
}
