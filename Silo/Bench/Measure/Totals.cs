namespace Analytics.Silo.Bench.Measure;

/// <summary>What became of every record, counted after the run.</summary>
/// <param name="Sent">Handed to the client.</param>
/// <param name="Written">In the log.</param>
/// <param name="Dropped">Gone from the log before the end: the embedded broker keeps 5 MB a partition.</param>
/// <param name="Accepted">As the silo counts.</param>
/// <param name="Duplicates">As the silo counts; none was sent.</param>
/// <param name="DeadLettered">As the silo counts; none was sent.</param>
/// <param name="Rows">Raw rows in the store; null without one.</param>
/// <param name="Positions">Different log positions among them.</param>
/// <param name="WindowDifferences">Fields of windows and checkpoints that are not what the raw rows say; null without a store.</param>
/// <param name="Windows">Windows compared.</param>
internal sealed record Totals(
    long Sent,
    long Written,
    long Dropped,
    long Accepted,
    long Duplicates,
    long DeadLettered,
    long? Rows,
    long? Positions,
    long? WindowDifferences,
    long? Windows)
{
    /// <summary>Records of the log that are nowhere.</summary>
    public long Lost => Math.Max(0, Written - (Positions ?? (Accepted + Duplicates + DeadLettered)));

    /// <summary>Records that were kept more than once.</summary>
    public long Doubled => Rows - Positions ?? Math.Max(0, Accepted - Written);

    /// <summary>What is not as it has to be, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Written != Sent)
        {
            yield return $"The log has {Written} records, {Sent} were sent.";
        }

        if (Lost != 0)
        {
            yield return $"{Lost} records were lost.";
        }

        if (Doubled != 0)
        {
            yield return $"{Doubled} records were stored twice.";
        }

        if (Accepted != Written)
        {
            yield return $"{Accepted} of {Written} records were accepted; {Duplicates} counted as duplicates and {DeadLettered} as dead letters, and none of either was sent.";
        }

        if (WindowDifferences is > 0)
        {
            yield return $"{WindowDifferences} fields differ from what the raw rows say.";
        }
    }
}
