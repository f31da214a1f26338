using System.Globalization;
using Analytics.Silo.Traffic;
using Analytics.V1;
using Google.Protobuf.WellKnownTypes;
using static Analytics.V1.Transaction.Types;

namespace Analytics.Tests.Silo;

public sealed class TrafficTotalsTests
{
    [Fact]
    public void Debits_are_the_approved_purchases_withdrawals_outgoing_transfers_and_fees()
    {
        var totals = new TrafficTotals();
        foreach (var type in System.Enum.GetValues<Transaction.Types.Type>())
        {
            totals.Add(new() { OccurredAt = new(), Currency = "EUR", AmountMinor = 100, Type = type, Status = Status.Approved });
            totals.Add(new() { OccurredAt = new(), Currency = "EUR", AmountMinor = 7, Type = type, Status = Status.Declined });
        }

        Assert.Equal((18L, (Int128)400, (Int128)400), totals.ByCurrency["EUR"]);
    }

    [Fact]
    public void Links_name_the_busiest_ids_percent_encoded_and_a_range_that_has_data()
    {
        var totals = new TrafficTotals();
        foreach (var (account, merchant, time) in ((string, string, string)[])[
            ("a/1", "m s", "2024-03-01T10:20:30Z"), ("b", "n", "2024-03-02T00:00:00Z"), ("a/1", "m s", "2024-03-05T23:59:59Z")])
        {
            totals.Add(new() { AccountId = account, MerchantId = merchant, Currency = "EUR", OccurredAt = Timestamp.FromDateTimeOffset(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)) });
        }

        Assert.Equal(
            [
                "account   http://x/v1/accounts/a%2F1",
                "merchant  http://x/v1/merchants/m%20s",
                "history   http://x/v1/accounts/a%2F1/windows?from=2024-03-01T00:00:00Z&to=2024-03-06T00:00:00Z&step=1d",
            ],
            LinksToLookAt.Of("http://x", totals));
        Assert.Empty(LinksToLookAt.Of("http://x", new()));
    }

    [Fact]
    public void Progress_is_the_part_that_is_acknowledged()
    {
        var progress = new TrafficProgress();
        Assert.Equal(0, progress.Done(1));
        progress.CountSent();
        progress.CountSent();
        progress.CountAcknowledged();
        Assert.Equal(0.25, progress.Done(0.5));
        progress.CountFailed("gone");
        Assert.Equal((2L, 1L, 1L), progress.Read());
        Assert.Equal(1, progress.Done(1.1));
    }

    [Fact]
    public void The_report_knows_each_currencys_decimals()
    {
        var totals = new TrafficTotals();
        foreach (var currency in (string[])["EUR", "JPY", "KWD"])
        {
            totals.Add(new() { OccurredAt = new(), Currency = currency, AmountMinor = 1_234_005, Type = Transaction.Types.Type.Purchase, Status = Status.Approved });
        }

        var text = string.Join('\n', TrafficReport.Lines(new(), totals, 0, TimeSpan.FromSeconds(1)));
        Assert.Contains("of what was sent", text, StringComparison.Ordinal);
        Assert.Contains("debit 12,340.05, credit 0.00", text, StringComparison.Ordinal);
        Assert.Contains("debit 1,234,005, credit 0\n", text, StringComparison.Ordinal);
        Assert.Contains("debit 1,234.005", text, StringComparison.Ordinal);
    }
}
