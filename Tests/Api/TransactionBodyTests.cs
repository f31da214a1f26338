using System.Buffers;
using System.Text;
using Analytics.Api.Transactions;
using Analytics.Transactions;

namespace Analytics.Tests.Api;

public sealed class TransactionBodyTests
{
    private const string Good =
        """{"transactionId":"t1","accountId":"a/1","merchantId":"m","amountMinor":5,"currency":"EUR","occurredAt":"2026-01-31T11:00:00.5+01:00","type":"transfer_out","status":"approved","category":null,"channel":"card_present","future":{"x":[1]}}""";

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(Good)]
    [InlineData("[" + Good + "]")]
    [InlineData(" \n[" + Good + "] \n")]
    public void One_object_or_an_array_is_read(string json)
    {
        var body = Read(json);
        Assert.Null(body.Problem);
        var transaction = Assert.Single(body.Transactions);
        Assert.Equal("a/1", transaction.AccountId);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 10, 0, 0, 500, TimeSpan.Zero), transaction.OccurredAt);
        Assert.Equal(TransactionType.TransferOut, transaction.Type);
        Assert.Equal(TransactionChannel.CardPresent, transaction.Channel);
        Assert.Equal("", transaction.Category);
    }

    [Theory]
    [InlineData("\"amountMinor\":5", "\"amountMinor\":5.5", "undecodable", "amountMinor")]
    [InlineData("\"amountMinor\":5", "\"amountMinor\":\"5\"", "undecodable", "amountMinor")]
    [InlineData("\"amountMinor\":5", "\"amountMinor\":9223372036854775808", "undecodable", "amountMinor")]
    [InlineData("\"amountMinor\":5", "\"amountMinor\":-5", "negative_amount", "amountMinor")]
    [InlineData("\"amountMinor\":5,", "", "missing_field", "amountMinor")]
    [InlineData("\"accountId\":\"a/1\",", "", "missing_field", "accountId")]
    [InlineData("\"accountId\":\"a/1\"", "\"accountId\":[1,{}]", "undecodable", "accountId")]
    [InlineData("\"accountId\":\"a/1\"", "\"accountId\":\"\\ud800\"", "undecodable", "accountId")]
    [InlineData("EUR", "eur", "unknown_currency", "eur")]
    [InlineData("transfer_out", "TRANSFER_OUT", "undecodable", "type")]
    [InlineData("transfer_out", "unspecified", "undecodable", "type")]
    [InlineData("\"type\":\"transfer_out\",", "", "type_unspecified", "type")]
    [InlineData("\"status\":\"approved\",", "", "status_unspecified", "status")]
    [InlineData("2026-01-31T11:00:00.5+01:00", "2026-01-31T11:00:00", "undecodable", "occurredAt")]
    [InlineData("2026-01-31T11:00:00.5+01:00", "2027-01-31T11:00:00Z", "event_time_in_future", "occurredAt")]
    public void A_bad_item_is_named_with_its_index_and_code(string good, string bad, string code, string named)
    {
        var body = Read($"[{Good},{Good.Replace(good, bad, StringComparison.Ordinal)},{Good}]");
        Assert.Empty(body.Transactions);
        var error = Assert.Single(body.Problem!.Errors!);
        Assert.Equal((1, code), (error.Index, error.Code));
        Assert.Contains(named, error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_that_are_no_objects_are_bad_and_the_others_are_still_checked()
    {
        var problem = Read($"[1,{Good},[{{}}],{{}},null]").Problem!;
        Assert.Equal(400, problem.Status);
        Assert.Equal([0, 2, 3, 4], problem.Errors!.Select(error => error.Index));
        Assert.Equal(["undecodable", "undecodable", "missing_field", "undecodable"], problem.Errors!.Select(error => error.Code));
    }

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("{", 1, 2)]
    [InlineData("{}\n]", 2, 1)]
    [InlineData("[{},\n  oops]", 2, 3)]
    public void Malformed_json_is_named_with_line_and_position(string json, long line, long position)
    {
        var problem = Read(json).Problem!;
        Assert.Equal("urn:orleans-analytics:malformed-json", problem.Type);
        Assert.Equal((400, line, position), (problem.Status, problem.Line, problem.Position));
        Assert.DoesNotContain("LineNumber", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "The body is empty")]
    [InlineData(" \n", "The body is empty")]
    [InlineData("""{"x":[[[[[[[[[[[]]]]]]]]]]]}""", "nested more than 8 deep")]
    [InlineData("{}", "The transaction is not valid")]
    [InlineData("[{}," + Good + "]", "1 of 2 items is not valid")]
    [InlineData("[{},{}]", "2 of 2 items are not valid")]
    public void What_is_wrong_is_said_in_plain_words(string json, string words) =>
        Assert.Contains(words, Read(json).Problem!.Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"type\":\"transfer_out\",", "purchase, refund")]
    [InlineData("\"status\":\"approved\",", "approved, declined, reversed")]
    public void What_is_not_set_is_told_with_its_values(string member, string values) =>
        Assert.Contains(values, Assert.Single(Read(Good.Replace(member, "", StringComparison.Ordinal)).Problem!.Errors!).Detail, StringComparison.Ordinal);

    [Fact]
    public void A_thousand_items_are_read_and_one_more_is_too_many()
    {
        Assert.Equal(1_000, Read($"[{string.Join(',', Enumerable.Repeat(Good, 1_000))}]").Transactions.Count);
        Assert.Equal("urn:orleans-analytics:too-many-items", Read($"[{string.Join(',', Enumerable.Repeat(Good, 1_001))}]").Problem!.Type);
    }

    [Theory]
    [InlineData("[]", "no-items")]
    [InlineData("5", "not-transactions")]
    public void Anything_else_is_refused(string json, string slug) => Assert.Equal($"urn:orleans-analytics:{slug}", Read(json).Problem!.Type);

    [Fact]
    public void The_largest_item_a_thousand_times_fits_into_the_body_limit()
    {
        var escaped = string.Concat(Enumerable.Repeat("\\u00e4", 64));
        var item = $$"""{"transactionId":"{{escaped}}","accountId":"{{escaped}}","merchantId":"{{escaped}}","amountMinor":9223372036854775807,"currency":"EUR","occurredAt":"2026-01-31T11:00:00.123456789+01:00","type":"transfer_out","status":"approved","category":"{{escaped}}","country":"DE","channel":"card_present"}""";
        Assert.Null(Read(item).Problem);
        Assert.InRange((item.Length + 1) * 1_000, 0, TransactionsApi.MaxBodyBytes);
    }

    private static TransactionBody Read(string json) => TransactionBody.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)), Now);
}
