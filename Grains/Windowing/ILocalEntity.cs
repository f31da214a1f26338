namespace Analytics.Windowing;

/// <summary>An entity that is kept on this silo, for callers in the same process.</summary>
internal interface ILocalEntity
{
    /// <summary>
    /// Applies a batch at once, from any thread of this silo. False, and nothing done, when only a call can: the activation has to load
    /// first, or may be ending.
    /// </summary>
    bool TryApply(in EntityBatch batch, out ApplyResult result);
}
