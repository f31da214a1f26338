using Analytics.Silo.Traffic;
using Analytics.Tests.Integration;
using Analytics.Transactions;
using Analytics.V1;
using Google.Protobuf.WellKnownTypes;

namespace Analytics.Tests.Silo;

public sealed class TransactionGeneratorTests
{
    [Fact]
    public void The_same_seed_makes_the_same_transactions() =>
        Assert.Equal(Take(1_000, new(500, 50, 42, "run")), Take(1_000, new(500, 50, 42, "run")));

    [Fact]
    public void Another_seed_makes_others() => Assert.NotEqual(Take(10, new(500, 50, 42, "run")), Take(10, new(500, 50, 43, "run")));

    [Fact]
    public void Another_run_differs_in_transaction_ids_only()
    {
        var one = Take(100, new(500, 50, 42, GeneratorOptions.NewRunId()));
        var two = Take(100, new(500, 50, 42, GeneratorOptions.NewRunId()));
        Assert.Empty(one.Select(t => t.TransactionId).Intersect(two.Select(t => t.TransactionId)));
        one.ForEach(t => t.TransactionId = "");
        two.ForEach(t => t.TransactionId = "");
        Assert.Equal(one, two);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10_000, 1_000)]
    public void Every_transaction_is_valid_and_within_the_numbers_asked_for(int accounts, int merchants)
    {
        var transactions = Take(20_000, new(accounts, merchants, 7, "run"));
        foreach (var transaction in transactions)
        {
            transaction.OccurredAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow);
            Assert.Null(TransactionValidator.Check(transaction, DateTimeOffset.UtcNow, out _));
        }

        Assert.InRange(transactions.Select(t => t.AccountId).Distinct().Count(), Math.Min(accounts, 1_000), accounts);
        Assert.InRange(transactions.Select(t => t.MerchantId).Distinct().Count(), merchants / 2, merchants);
        Assert.Equal(transactions.Count, transactions.Select(t => t.TransactionId).Distinct().Count());
    }

    [Fact]
    public void Traffic_is_skewed_and_mixed()
    {
        var transactions = Take(50_000, new(10_000, 1_000, 7, "run"));
        var busiest = transactions.GroupBy(t => t.AccountId).Max(group => group.Count());
        Assert.InRange(busiest, 50_000 * 0.02, 50_000 * 0.20);
        Assert.True(transactions.Select(t => t.Currency).Distinct().Count() >= 6);
        Assert.InRange(transactions.Count(t => t.Status == Transaction.Types.Status.Declined) / 50_000.0, 0.04, 0.06);
        Assert.Equal(8, transactions.Select(t => t.Type).Distinct().Count());
    }

    [Fact]
    public void The_ids_that_the_README_tries_are_the_busiest_of_a_demo()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var totals = new TrafficTotals();
        var generator = new TransactionGenerator(new(Accounts: 10_000, Merchants: 1_000, 1, "a"));
        for (var i = 0; i < 10_000; i++)
        {
            var transaction = generator.Next();
            transaction.OccurredAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch);
            totals.Add(transaction);
        }

        Assert.Contains($"curl localhost:8080/v1/accounts/{totals.BusiestAccount!.Id}\n", readme, StringComparison.Ordinal);
        Assert.Contains($"curl localhost:8080/v1/merchants/{totals.BusiestMerchant!.Id}\n", readme, StringComparison.Ordinal);
    }

    private static List<Transaction> Take(int count, GeneratorOptions options)
    {
        var generator = new TransactionGenerator(options);
        return [.. Enumerable.Range(0, count).Select(_ => generator.Next())];
    }
}
