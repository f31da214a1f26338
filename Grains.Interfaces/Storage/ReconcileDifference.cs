namespace Analytics.Storage;

/// <summary>One value that is not what the raw rows say.</summary>
/// <param name="Table">The table it stands in.</param>
/// <param name="Key">The row, readable.</param>
/// <param name="Field">The column; <c>row</c> when the whole row is missing, surplus or there more than once.</param>
/// <param name="Stored">What is stored; null for null, and for a row that is missing.</param>
/// <param name="Recomputed">What the raw rows say; null for null, and for a row that should not be there.</param>
public readonly record struct ReconcileDifference(string Table, string Key, string Field, string? Stored, string? Recomputed)
{
    /// <summary><see cref="Field"/> for a whole row.</summary>
    public const string Row = "row";
}
