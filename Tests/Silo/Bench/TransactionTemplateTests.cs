using System.Text;
using Analytics.Ingest;
using Analytics.Silo.Bench.Load;
using Analytics.Silo.Traffic;
using Analytics.Transactions;
using Microsoft.Extensions.Time.Testing;

namespace Analytics.Tests.Silo.Bench;

public sealed class TransactionTemplateTests
{
    [Fact]
    public void Filled_templates_are_valid_transactions_with_ids_of_their_own_and_times_in_order()
    {
        var start = DateTimeOffset.UtcNow;
        var decoder = new TransactionDecoder(new FakeTimeProvider(start.AddHours(1)));
        var generator = new TransactionGenerator(new(10_000, 1_000, 7, "run"));
        var ids = new HashSet<string>();
        var last = long.MinValue;
        for (var i = 0; i < 5_000; i++)
        {
            var expected = generator.Next();
            var template = new TransactionTemplate(expected.Clone(), "abcdefgh");
            var at = start.AddMilliseconds(i).ToUnixTimeMilliseconds();
            template.Fill(long.MaxValue % 99_999_999, at);

            var record = decoder.Decode(template.Key, false, template.Fill(i, at), false, at);

            Assert.Null(record.Rejected);
            var transaction = record.Transaction!;
            Assert.Equal($"abcdefgh-{i:D14}", transaction.TransactionId);
            Assert.True(ids.Add(transaction.TransactionId));
            Assert.Equal(expected.AccountId, transaction.AccountId);
            Assert.Equal(expected.AccountId, Encoding.UTF8.GetString(template.Key));
            Assert.Equal(expected.MerchantId, transaction.MerchantId);
            Assert.Equal(expected.AmountMinor, transaction.AmountMinor);
            Assert.Equal(expected.Currency, transaction.Currency);
            Assert.Equal(expected.Category, transaction.Category);
            Assert.Equal(expected.Country, transaction.Country);
            Assert.InRange(transaction.OccurredAtMicros, (at - 1_000) * 1_000, at * 1_000);
            Assert.True(transaction.OccurredAtMicros >= last);
            last = transaction.OccurredAtMicros;
        }
    }

    [Fact]
    public void Its_wire_form_is_the_one_that_protobuf_writes()
    {
        var template = new TransactionTemplate(new TransactionGenerator(new(10, 10, 1, "run")).Next(), "abcdefgh");
        var bytes = template.Fill(42, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

        Assert.Equal(bytes, Google.Protobuf.MessageExtensions.ToByteArray(Analytics.V1.Transaction.Parser.ParseFrom(bytes)));
    }
}
