using System.Text.Json;
using Analytics.Api.Entities;
using Analytics.Api.Json;
using Analytics.Transactions;
using Analytics.Windowing;

namespace Analytics.Benchmarks;

/// <summary>What a live read does after its grain was called.</summary>
internal sealed class LiveAnswer
{
    private const int Minutes = 60;
    private readonly EntityWindows _windows = new(EntityKind.Account, new());
    private readonly long _lastMinute;

    public LiveAnswer()
    {
        var start = DateTimeOffset.UtcNow.AddMinutes(-Minutes);
        _windows.Reset([], long.MinValue);
        EntityEvent[] events =
        [
            .. Enumerable.Range(0, Minutes * 2).Select(i => new EntityEvent(i, new CardTransaction
            {
                TransactionId = $"t-{i}",
                AccountId = "acct-0000000",
                MerchantId = "merchant-000000",
                AmountMinor = 1_000 + i,
                Currency = i % 2 == 0 ? "EUR" : "USD",
                OccurredAtMicros = UnixMicros.From(start.AddMinutes(i / 2)),
                Type = TransactionType.Purchase,
                Status = TransactionStatus.Approved,
            })),
        ];
        _windows.Apply(new(new(1, 0, events.Length - 1), -1, events[^1].Transaction.OccurredAtMicros, events), NoSink.Instance);
        _lastMinute = UnixMicros.MinuteOf(events[^1].Transaction.OccurredAtMicros);
    }

    /// <returns>The length of the answer in bytes.</returns>
    public int Write()
    {
        var metrics = new EntityMetrics("acct-0000000", DateTimeOffset.UnixEpoch, TimeSpan.Zero, _windows.Read(_lastMinute), _windows.LastTransaction);
        return JsonSerializer.SerializeToUtf8Bytes(AccountMetrics.From(metrics), Answers.Json.AccountMetrics).Length;
    }
}
