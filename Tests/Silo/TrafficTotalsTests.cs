using Analytics.Silo.Traffic;
using Analytics.V1;
using static Analytics.V1.Transaction.Types;

namespace Analytics.Tests.Silo;

public sealed class TrafficTotalsTests
{
    [Fact]
    public void Debits_are_the_approved_purchases_withdrawals_outgoing_transfers_and_fees()
    {
        var totals = new TrafficTotals();
        foreach (var type in Enum.GetValues<Transaction.Types.Type>())
        {
            totals.Add(new() { Currency = "EUR", AmountMinor = 100, Type = type, Status = Status.Approved });
            totals.Add(new() { Currency = "EUR", AmountMinor = 7, Type = type, Status = Status.Declined });
        }

        Assert.Equal((18L, (Int128)400), totals.ByCurrency["EUR"]);
    }

    [Fact]
    public void The_report_knows_each_currencys_decimals()
    {
        var totals = new TrafficTotals();
        foreach (var currency in (string[])["EUR", "JPY", "KWD"])
        {
            totals.Add(new() { Currency = currency, AmountMinor = 1_234_005, Type = Transaction.Types.Type.Purchase, Status = Status.Approved });
        }

        var text = string.Join('\n', TrafficReport.Lines(new(), totals, 0, TimeSpan.FromSeconds(1)));
        Assert.Contains("debit 12,340.05", text, StringComparison.Ordinal);
        Assert.Contains("debit 1,234,005\n", text + "\n", StringComparison.Ordinal);
        Assert.Contains("debit 1,234.005", text, StringComparison.Ordinal);
    }
}
