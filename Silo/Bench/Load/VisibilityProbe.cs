using System.Net;
using Analytics.Silo.Bench.Rig;
using Analytics.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using HdrHistogram;

namespace Analytics.Silo.Bench.Load;

/// <summary>Sends a transaction now and then, and asks the API for its account until it is there.</summary>
internal sealed class VisibilityProbe(BenchRig rig, string runId)
{
    private const int Accounts = 8;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(30);
    private readonly LongHistogram _micros = new(TimeSpan.FromMinutes(10).Ticks / TimeSpan.TicksPerMicrosecond, 3);

    /// <summary>Microseconds from sending to seen. Read after the run.</summary>
    public HistogramBase Micros => _micros;

    /// <summary>Those that were not seen within half a minute.</summary>
    public int Unseen { get; private set; }

    /// <summary>Runs until it is cancelled; what comes before <paramref name="isMeasured"/> is true is not counted.</summary>
    public async Task RunAsync(Func<bool> isMeasured, CancellationToken cancellationToken)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var counts = isMeasured();
            var (sentAt, id, account) = (DateTimeOffset.UtcNow, $"{runId}-probe-{i}", $"bench-probe-{i % Accounts}");
            rig.Client.Send(System.Text.Encoding.UTF8.GetBytes(account), Message(id, account, sentAt).ToByteArray(), sentAt.ToUnixTimeMilliseconds());
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            var isSeen = false;
            while (!isSeen && System.Diagnostics.Stopwatch.GetElapsedTime(started) < GiveUp && !cancellationToken.IsCancellationRequested)
            {
                isSeen = await IsSeenAsync(account, id, cancellationToken);
                if (!isSeen)
                {
                    await Task.Delay(Poll, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            var took = System.Diagnostics.Stopwatch.GetElapsedTime(started);
            if (counts && (isSeen || took >= GiveUp))
            {
                _micros.RecordValue((long)took.TotalMicroseconds);
                Unseen += isSeen ? 0 : 1;
            }

            var rest = Period - took;
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> IsSeenAsync(string account, string id, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await rig.Silos.Http.GetAsync(new Uri($"/v1/accounts/{account}", UriKind.Relative), cancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                && (await response.Content.ReadAsStringAsync(cancellationToken)).Contains($"\"{id}\"", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static Transaction Message(string id, string account, DateTimeOffset at) => new()
    {
        TransactionId = id,
        AccountId = account,
        MerchantId = "bench-probe",
        AmountMinor = 1,
        Currency = "EUR",
        OccurredAt = Timestamp.FromDateTimeOffset(at),
        Type = Transaction.Types.Type.Purchase,
        Status = Transaction.Types.Status.Approved,
    };
}
