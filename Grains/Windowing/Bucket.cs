using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>
/// One minute of one currency of one entity, with the last position of each partition that it includes. The positions make adding
/// idempotent bucket by bucket: an entity's buckets become durable in different commits, so no single position of the entity would do.
/// </summary>
internal sealed class Bucket(long minute, string currency)
{
    /// <summary>The value; a field, so that it is changed in place.</summary>
    public BucketTotals Totals;

    // Nearly every bucket has one source, so the first one needs no array.
    private Position _first = new(-1, -1, -1);
    private Position[] _others = [];

    /// <summary>Start of the bucket in minutes since the Unix epoch.</summary>
    public long Minute { get; } = minute;

    public string Currency { get; } = currency;

    /// <summary>Where the write buffer stood when it took the bucket's present value: durable once the buffer has committed so far.</summary>
    public long WriteSequence { get; set; }

    /// <summary>The newest transaction that the batch at hand added; null between two batches.</summary>
    public CardTransaction? NewestOfBatch { get; set; }

    /// <summary>The next bucket that the batch at hand changed; null at the end, and between two batches.</summary>
    public Bucket? NextChanged { get; set; }

    /// <summary>Whether the record at this position is part of the value.</summary>
    public bool Includes(Position position)
    {
        if (_first.Partition == position.Partition)
        {
            return !position.IsAfter(_first);
        }

        foreach (var source in _others)
        {
            if (source.Partition == position.Partition)
            {
                return !position.IsAfter(source);
            }
        }

        return false;
    }

    /// <summary>Notes that the record at this position is now part of the value.</summary>
    public void Include(Position position)
    {
        if (_first.Partition == position.Partition || _first.Partition < 0)
        {
            _first = position;
            return;
        }

        for (var i = 0; i < _others.Length; i++)
        {
            if (_others[i].Partition == position.Partition)
            {
                _others[i] = position;
                return;
            }
        }

        _others = [.. _others, position];
    }

    /// <summary>A copy of the positions included, in the given array when it has the right length.</summary>
    public Position[] CopySources(Position[]? reuse)
    {
        var sources = reuse?.Length == 1 + _others.Length ? reuse : new Position[1 + _others.Length];
        sources[0] = _first;
        _others.CopyTo(sources, 1);
        return sources;
    }
}
