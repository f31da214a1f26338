using System.Globalization;
using Analytics.Transactions;
using Analytics.V1;

namespace Analytics.Silo.Traffic;

/// <summary>
/// Endless synthetic transactions: few accounts and merchants are busy and most are not (Zipf with exponent 1), amounts are log-normal
/// around what the merchant's category costs, and an account mostly spends its own currency.
/// </summary>
internal sealed class TransactionGenerator
{
    private static readonly (string Code, string Country, double PerEuro, double Weight)[] Homes =
    [
        ("EUR", "DE", 1, 0.40), ("USD", "US", 1.1, 0.25), ("GBP", "GB", 0.85, 0.15), ("JPY", "JP", 160, 0.07),
        ("CHF", "CH", 0.95, 0.05), ("SEK", "SE", 11.3, 0.04), ("PLN", "PL", 4.3, 0.03), ("KWD", "KW", 0.34, 0.01),
    ];

    // Merchant category codes with the median of a purchase in euros.
    private static readonly (string Code, double Median)[] Categories =
    [
        ("5411", 32), ("5812", 27), ("5814", 9), ("5541", 48), ("4111", 6), ("5912", 17), ("5311", 55), ("5732", 140), ("4511", 230), ("7011", 160),
        ("5942", 19), ("4899", 12),
    ];

    // Cumulative, of a thousand.
    private static readonly (int UpTo, Transaction.Types.Type Type)[] Types =
    [
        (880, Transaction.Types.Type.Purchase), (920, Transaction.Types.Type.Withdrawal), (950, Transaction.Types.Type.Refund),
        (970, Transaction.Types.Type.Deposit), (980, Transaction.Types.Type.TransferOut), (990, Transaction.Types.Type.TransferIn),
        (997, Transaction.Types.Type.Fee), (1000, Transaction.Types.Type.Chargeback),
    ];

    private readonly GeneratorOptions _options;
    private readonly Random _random;
    private readonly double _accountsLog;
    private readonly double _merchantsLog;
    private long _count;

    public TransactionGenerator(GeneratorOptions options)
    {
        _options = options;

        // A seeded Random keeps its algorithm over versions of .NET; one without a seed need not.
        _random = new(options.Seed);
        _accountsLog = Math.Log(options.Accounts + 1.0);
        _merchantsLog = Math.Log(options.Merchants + 1.0);
    }

    /// <summary>The next transaction, complete but for its event time.</summary>
    public Transaction Next()
    {
        var account = Rank(_accountsLog, _options.Accounts);
        var merchant = Rank(_merchantsLog, _options.Merchants);
        var home = HomeOf(account);
        var category = Categories[Mix(merchant, 17) % Categories.Length];
        var type = TypeOf(_random.Next(1000));
        var isAbroad = _random.Next(100) < 4;
        var spent = isAbroad ? HomeOf(merchant) : home;
        return new()
        {
            TransactionId = string.Create(CultureInfo.InvariantCulture, $"{_options.RunId}-{_count++}"),
            AccountId = string.Create(CultureInfo.InvariantCulture, $"acct-{account:D7}"),
            MerchantId = string.Create(CultureInfo.InvariantCulture, $"merchant-{merchant:D6}"),
            AmountMinor = Amount(type, category.Median, spent.Code, spent.PerEuro),
            Currency = spent.Code,
            Type = type,
            Status = StatusOf(_random.Next(1000)),
            Category = category.Code,
            Country = spent.Country,
            Channel = ChannelOf(type, _random.Next(100)),
        };
    }

    // The inverse of Zipf's continuous distribution function for exponent 1: no table, whatever the number of accounts.
    private int Rank(double log, int count) => Math.Min(count - 1, (int)Math.Exp(_random.NextDouble() * log) - 1);

    private static (string Code, string Country, double PerEuro, double Weight) HomeOf(int index)
    {
        var rest = Mix(index, 5) / (double)int.MaxValue;
        foreach (var home in Homes)
        {
            rest -= home.Weight;
            if (rest < 0)
            {
                return home;
            }
        }

        return Homes[0];
    }

    private long Amount(Transaction.Types.Type type, double median, string currency, double perEuro)
    {
        var typical = type switch
        {
            Transaction.Types.Type.Withdrawal => 80,
            Transaction.Types.Type.Deposit or Transaction.Types.Type.TransferIn or Transaction.Types.Type.TransferOut => 400,
            Transaction.Types.Type.Fee => 2,
            _ => median,
        };

        // Box and Muller's transform; a spread of 0.8 puts nine of ten amounts between a quarter and four times the median.
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        var euros = typical * Math.Exp(0.8 * normal);
        return Math.Max(1, (long)Math.Round(euros * perEuro * Math.Pow(10, Iso4217.ExponentOf(currency))));
    }

    private static Transaction.Types.Type TypeOf(int perMille)
    {
        foreach (var (upTo, type) in Types)
        {
            if (perMille < upTo)
            {
                return type;
            }
        }

        return Transaction.Types.Type.Purchase;
    }

    private static Transaction.Types.Status StatusOf(int perMille) => perMille switch
    {
        < 50 => Transaction.Types.Status.Declined,
        < 55 => Transaction.Types.Status.Reversed,
        _ => Transaction.Types.Status.Approved,
    };

    private static Transaction.Types.Channel ChannelOf(Transaction.Types.Type type, int percent) => type switch
    {
        Transaction.Types.Type.Withdrawal => Transaction.Types.Channel.Atm,
        Transaction.Types.Type.TransferIn or Transaction.Types.Type.TransferOut or Transaction.Types.Type.Deposit => Transaction.Types.Channel.Transfer,
        _ => percent < 65 ? Transaction.Types.Channel.CardPresent : Transaction.Types.Channel.Ecommerce,
    };

    // Properties of an account or merchant follow from its number alone, whatever was drawn before. Multiplicative hashing (Knuth).
    private static int Mix(int index, int salt)
    {
        var hash = ((uint)index + (uint)salt) * 2654435769u;
        hash ^= hash >> 15;
        hash *= 2246822519u;
        return (int)((hash ^ (hash >> 13)) & int.MaxValue);
    }
}
