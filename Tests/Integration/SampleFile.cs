using System.Globalization;
using Analytics.Transactions;
using Microsoft.VisualBasic.FileIO;

namespace Analytics.Tests.Integration;

/// <summary>
/// A file to replay, read by a parser that is not the program's own. The real files stand beside the checkout where CI runs; elsewhere a
/// generated one of the same shape takes their place.
/// </summary>
internal sealed class SampleFile
{
    private SampleFile(string path)
    {
        Path = path;
        Rows = [.. Read(path)];
    }

    public string Path { get; }

    public IReadOnlyList<CardTransaction> Rows { get; }

    /// <summary>131,670 purchase-card transactions in pounds, times at midnight; generated: 20,000.</summary>
    public static SampleFile PurchaseCards() => Open("purchase-cards-2014-2016.csv", 20_000, ["GBP"], quoted: false);

    /// <summary>1,611 card-not-present transactions in 163 currencies, with quoted commas; generated: 1,500.</summary>
    public static SampleFile CardNotPresent() => Open("card-not-present-2022-2023.csv", 1_500, ["GBP", "JPY", "BHD", "USD", "KWD"], quoted: true);

    private static SampleFile Open(string name, int generatedRows, string[] currencies, bool quoted)
    {
        var real = System.IO.Path.Combine(Repository.Root, "..", "shared", "data", name);
        return new(File.Exists(real) ? System.IO.Path.GetFullPath(real) : Generate(name, generatedRows, currencies, quoted));
    }

    private static string Generate(string name, int rows, string[] currencies, bool quoted)
    {
        var random = new Random(42);
        var folder = Directory.CreateTempSubdirectory("analytics-data-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var path = System.IO.Path.Combine(folder, name);
        var time = new DateTimeOffset(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);
        File.WriteAllLines(
            path,
            Enumerable.Range(0, rows).Select(i =>
            {
                time = time.AddMinutes(random.Next(60));
                var merchant = quoted && i % 3 == 0 ? $"\"smith, jones / {random.Next(90)}\"" : $"shop & son*{random.Next(500)}/{random.Next(9)}";
                var refund = random.Next(40) == 0;
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"tx{i:D8},{time:yyyy-MM-ddTHH:mm:ssZ},card-{random.Next(300)},{merchant},{random.Next(100_000)},{currencies[random.Next(currencies.Length)]},{(refund ? "refund" : "purchase")},{(random.Next(20) == 0 ? "declined" : "approved")},misc");
            }).Prepend("transaction_id,occurred_at,account_id,merchant_id,amount_minor,currency,type,status,category"));
        return path;
    }

    private static IEnumerable<CardTransaction> Read(string path)
    {
        using var parser = new TextFieldParser(path) { TextFieldType = FieldType.Delimited, HasFieldsEnclosedInQuotes = true };
        parser.SetDelimiters(",");
        var header = parser.ReadFields()!.Select((column, index) => (column, index)).ToDictionary(c => c.column, c => c.index);
        while (parser.ReadFields() is { } fields)
        {
            string Field(string column) => fields[header[column]];
            yield return new()
            {
                TransactionId = Field("transaction_id"),
                AccountId = Field("account_id"),
                MerchantId = Field("merchant_id"),
                AmountMinor = long.Parse(Field("amount_minor"), CultureInfo.InvariantCulture),
                Currency = Field("currency"),
                OccurredAtMicros = UnixMicros.From(DateTimeOffset.Parse(Field("occurred_at"), CultureInfo.InvariantCulture)),
                Type = Enum.Parse<TransactionType>(Field("type"), ignoreCase: true),
                Status = Enum.Parse<TransactionStatus>(Field("status"), ignoreCase: true),
                Category = Field("category"),
            };
        }
    }
}
