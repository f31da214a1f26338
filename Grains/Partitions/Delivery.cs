namespace Analytics.Partitions;

/// <summary>What became of a batch that was delivered to a partition.</summary>
internal enum Delivery
{
    /// <summary>It waits to be applied.</summary>
    Queued,

    /// <summary>It waits already, or was applied: the provider repeats a delivery whose answer it did not get.</summary>
    Known,

    /// <summary>It does not follow what came before. Taking it would skip records.</summary>
    Gap,
}
