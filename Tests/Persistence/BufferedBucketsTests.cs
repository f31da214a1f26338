using Analytics.Persistence;
using Analytics.Storage;
using Analytics.Tests.Windowing;
using Analytics.Transactions;
using Analytics.Windowing;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Persistence;

/// <summary>The last value of each bucket wins, whichever commit it meets on its way.</summary>
public sealed class BufferedBucketsTests
{
    private static readonly long Minute = UnixMicros.MinuteOf(UnixMicros.From(Noon));
    private static readonly BucketKey Key = new("a", "GBP", Minute);

    private readonly BufferedBuckets _buckets = new();

    [Fact]
    public void A_commit_that_was_broken_off_is_part_of_the_next_one_and_newer_values_win()
    {
        _buckets.PutSample("a", Minute, 1);
        _buckets.PutSample("b", Minute, 2);
        Assert.NotNull(_buckets.BeginCommit());
        _buckets.PutSample("a", Minute, 3);

        var next = _buckets.BeginCommit()!;

        Assert.Equal([("a", 3L), ("b", 2L)], next.Accounts.Select(r => (r.EntityId, r.Totals.Count)).Order());
        Assert.Equal(3, next.Sequence);
        Assert.Equal(0, _buckets.CommittedSequence);
        _buckets.CompleteCommit(next);
        Assert.Equal(3, _buckets.CommittedSequence);
        Assert.Equal(0, _buckets.Count);
        Assert.Null(_buckets.BeginCommit());
    }

    [Fact]
    public void A_value_that_came_during_a_commit_is_neither_committed_by_it_nor_hidden_by_it()
    {
        _buckets.PutSample("a", Minute, 1);
        var commit = _buckets.BeginCommit()!;
        _buckets.PutSample("a", Minute, 2);

        Assert.Equal(1, commit.Accounts.Single().Totals.Count);
        AssertPending(2);
        _buckets.CompleteCommit(commit);
        Assert.Equal(1, _buckets.CommittedSequence);
        AssertPending(2);

        var next = _buckets.BeginCommit()!;
        Assert.Equal(2, next.Accounts.Single().Totals.Count);
        AssertPending(2);
        _buckets.CompleteCommit(next);
        Assert.False(_buckets.TryGetPending(EntityKind.Account, Key, out _));
        Assert.Empty(_buckets.PendingOf(EntityKind.Account, new HashSet<string> { "a" }));
    }

    [Fact]
    public void What_was_given_out_does_not_change_with_the_bucket()
    {
        _buckets.PutSample("a", Minute, 1);
        Assert.True(_buckets.TryGetPending(EntityKind.Account, Key, out var before));
        _buckets.PutSample("a", Minute, 2);

        Assert.Equal((1L, 1L), (before.Totals.Count, before.Sources.Single().Offset));
        AssertPending(2);
    }

    [Fact]
    public void A_new_bucket_is_called_so_until_a_commit_takes_it_however_often_it_changes()
    {
        _buckets.PutSample("a", Minute, 1, isNew: true);
        _buckets.PutSample("a", Minute, 2);
        Assert.True(_buckets.BeginCommit()!.Accounts.Single().IsNew);

        _buckets.PutSample("a", Minute, 3);
        var next = _buckets.BeginCommit()!;
        Assert.Equal((3L, false), (next.Accounts.Single().Totals.Count, next.Accounts.Single().IsNew));
        _buckets.CompleteCommit(next);
    }

    private void AssertPending(long count)
    {
        Assert.True(_buckets.TryGetPending(EntityKind.Account, Key, out var row));
        Assert.Equal((count, count), (row.Totals.Count, row.Sources.Single().Offset));
        Assert.Equal(count, _buckets.PendingOf(EntityKind.Account, new HashSet<string> { "a" }).Single().Totals.Count);
        Assert.False(_buckets.TryGetPending(EntityKind.Merchant, Key, out _));
    }
}
