namespace Analytics.Windowing;

/// <summary>The live windows do not reach back to the instant asked for; the history in the store does.</summary>
[GenerateSerializer]
public sealed class AsOfTooOldException(DateTimeOffset earliest)
    : Exception($"Live windows reach back to {earliest:O}; ask for history before that.")
{
    /// <summary>The earliest instant that is answered exactly.</summary>
    [Id(0)] public DateTimeOffset Earliest { get; } = earliest;
}
