using System.Globalization;
using Analytics.Silo.Traffic;
using Analytics.V1;

namespace Analytics.Silo.Bench.Load;

/// <summary>Templates of one kind of traffic, used round and round.</summary>
internal sealed class TransactionPool : ILoadSource
{
    // A sample of this size has every busy account in its proportion; more would only cost memory.
    private const int DefaultSize = 200_000;
    private const int RunIdLength = 8;

    private readonly TransactionTemplate[] _templates;
    private int _next;

    private TransactionPool(TransactionTemplate[] templates) => _templates = templates;

    public int Count => _templates.Length;

    public void SendNext(LoadClient client, long intendedMs)
    {
        var template = _templates[_next];
        _next = _next + 1 < _templates.Length ? _next + 1 : 0;
        client.Send(template.Key, template.Fill(client.NextNumber(), intendedMs), intendedMs);
    }

    public string AnyAccount(Random random) => _templates[random.Next(_templates.Length)].Account;

    /// <summary>Ids of a run begin with this.</summary>
    public static string NewRunId() => Guid.NewGuid().ToString("N")[..RunIdLength];

    /// <summary>Traffic as <c>generate</c> makes it.</summary>
    public static TransactionPool Generated(BenchOptions options, string runId)
    {
        var generator = new TransactionGenerator(new(options.Accounts, options.Merchants, options.Seed, runId));
        return Fill(Math.Max(DefaultSize, options.Accounts), _ => generator.Next(), runId);
    }

    /// <summary>The same with a share of it on one merchant.</summary>
    public static TransactionPool WithHotMerchant(BenchOptions options, string runId, double share)
    {
        var generator = new TransactionGenerator(new(options.Accounts, options.Merchants, options.Seed, runId));
        var random = new Random(options.Seed);
        return Fill(
            Math.Max(DefaultSize, options.Accounts),
            _ =>
            {
                var transaction = generator.Next();
                transaction.MerchantId = random.NextDouble() < share ? "merchant-hot" : transaction.MerchantId;
                return transaction;
            },
            runId);
    }

    /// <summary>Each of a range of accounts once before any comes a second time.</summary>
    public static TransactionPool EachAccount(BenchOptions options, string runId, int firstAccount, int count)
    {
        var generator = new TransactionGenerator(new(options.Accounts, options.Merchants, options.Seed + 1, runId));
        return Fill(
            count,
            i =>
            {
                var transaction = generator.Next();
                transaction.AccountId = string.Create(CultureInfo.InvariantCulture, $"acct-{firstAccount + i:D7}");
                return transaction;
            },
            runId);
    }

    /// <summary>These, in their order.</summary>
    public static TransactionPool Of(IReadOnlyList<Transaction> transactions, string runId) => Fill(transactions.Count, i => transactions[i], runId);

    private static TransactionPool Fill(int count, Func<int, Transaction> next, string runId)
    {
        var templates = new TransactionTemplate[count];
        for (var i = 0; i < count; i++)
        {
            templates[i] = new(next(i), runId);
        }

        return new(templates);
    }
}
