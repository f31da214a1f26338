using Analytics.Silo.Traffic;
using Analytics.V1;
using Microsoft.Extensions.Time.Testing;

namespace Analytics.Tests.Silo;

public sealed class CsvTransactionsTests
{
    private const string Header = "transaction_id,occurred_at,account_id,merchant_id,amount_minor,currency,type,status,category";
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Reads_quoted_commas_and_quotes()
    {
        var (rows, problems) = Read($"{Header}\nt1,2026-01-01T00:00:00Z,a1,\"baker, \"\"sons\"\" and co\",1734,ETB,purchase,approved,misc_net\n");
        Assert.Empty(problems);
        var row = Assert.Single(rows);
        Assert.Equal("baker, \"sons\" and co", row.MerchantId);
        Assert.Equal(1734, row.AmountMinor);
        Assert.Equal(Transaction.Types.Type.Purchase, row.Type);
        Assert.Equal(Transaction.Types.Status.Approved, row.Status);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), row.OccurredAt.ToDateTimeOffset());
    }

    [Fact]
    public void Columns_may_come_in_any_order_with_country_and_channel()
    {
        var (rows, problems) = Read(
            "channel,country,category,status,type,currency,amount_minor,merchant_id,account_id,occurred_at,transaction_id\r\n"
            + "card_present,GB,,declined,transfer_out,JPY,0,m s/p,a,2026-01-01T01:00:00.25+01:00,t\r\n");
        Assert.Empty(problems);
        var row = Assert.Single(rows);
        Assert.Equal(("GB", Transaction.Types.Channel.CardPresent, "m s/p"), (row.Country, row.Channel, row.MerchantId));
        Assert.Equal(250_000_000, row.OccurredAt.Nanos);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, 250, TimeSpan.Zero), row.OccurredAt.ToDateTimeOffset());
    }

    [Fact]
    public void A_bad_row_is_reported_with_its_line_and_the_rest_goes_on()
    {
        var (rows, problems) = Read(
            $"{Header}\n"
            + "t1,2026-01-01T00:00:00Z,a,m,1,EUR,purchase,approved,\n"
            + "t2,2026-01-01T00:00:00Z,a,\"two\nlines\",1,EUR,purchase,approved,\n"
            + "t3,2026-01-01T00:00:00Z,a,m,1.5,EUR,purchase,approved,\n"
            + "t4,2026-01-01T00:00:00,a,m,1,EUR,purchase,approved,\n"
            + "t5,2026-01-01T00:00:00Z,a,m,1,EUR,gift,approved,\n"
            + "t6,2026-01-01T00:00:00Z,a,m,1,XYZ,purchase,approved,\n"
            + "t7,2026-01-01T00:00:00Z,a,m,1,EUR,purchase\n"
            + "t8,2026-01-01T00:00:00Z,a,m,-1,EUR,purchase,approved,\n"
            + "t9,2026-01-01T00:00:00Z,a,m,9,EUR,purchase,approved,\n");
        Assert.Equal(["t1", "t9"], rows.Select(row => row.TransactionId));
        Assert.Equal([3L, 5, 6, 7, 8, 9, 10], problems.Select(problem => problem.Line));
        Assert.Contains("amount_minor", problems[1].Problem, StringComparison.Ordinal);
        Assert.Contains("occurred_at", problems[2].Problem, StringComparison.Ordinal);
        Assert.Contains("gift", problems[3].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("transaction_id,occurred_at", "account_id")]
    [InlineData(Header + ",colour", "colour")]
    [InlineData(Header + ",category", "category")]
    public void A_wrong_header_names_the_column(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InvalidDataException>(() => CsvTransactions.Open(new StringReader(text), EventTime.Original, TimeProvider.System)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_time_in_the_future_is_bad_only_when_it_counts()
    {
        const string Text = Header + "\nt1,2027-01-01T00:00:00Z,a,m,1,EUR,purchase,approved,\n";
        Assert.Empty(Read(Text).Rows);
        Assert.Equal(Now, Assert.Single(Read(Text, EventTime.Now).Rows).OccurredAt.ToDateTimeOffset());
    }

    private static (List<Transaction> Rows, List<CsvProblem> Problems) Read(string text, EventTime eventTime = EventTime.Original)
    {
        var problems = new List<CsvProblem>();
        var csv = CsvTransactions.Open(new StringReader(text), eventTime, new FakeTimeProvider(Now));
        var rows = csv.Read(problems.Add).ToList();
        Assert.Equal(problems.Count, csv.ProblemCount);
        return (rows, problems);
    }
}
