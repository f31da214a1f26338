using Analytics.Storage;

namespace Analytics.Persistence;

/// <summary>What one commit of the write buffer writes; valid until the next one begins.</summary>
/// <param name="Accounts">Account buckets, each key once.</param>
/// <param name="Merchants">Merchant buckets, each key once.</param>
/// <param name="Sequence">Durable up to here once all of it is written.</param>
internal sealed record BucketCommit(ArraySegment<BucketRow> Accounts, ArraySegment<BucketRow> Merchants, long Sequence)
{
    /// <summary>The commit in pieces of at most so many rows of each kind.</summary>
    public IEnumerable<(ArraySegment<BucketRow> Accounts, ArraySegment<BucketRow> Merchants)> Chunks(int maxRows)
    {
        for (var start = 0; start < Math.Max(Accounts.Count, Merchants.Count); start += maxRows)
        {
            yield return (Piece(Accounts, start, maxRows), Piece(Merchants, start, maxRows));
        }
    }

    /// <summary>Calls no row new any more: after an attempt that failed they may all be stored.</summary>
    public static void ForgetNew(Span<BucketRow> rows)
    {
        foreach (ref var row in rows)
        {
            row = row with { IsNew = false };
        }
    }

    private static ArraySegment<BucketRow> Piece(ArraySegment<BucketRow> rows, int start, int maxRows) =>
        start >= rows.Count ? ArraySegment<BucketRow>.Empty : rows.Slice(start, Math.Min(maxRows, rows.Count - start));
}
