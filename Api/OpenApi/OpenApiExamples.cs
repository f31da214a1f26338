using Analytics.Api.Entities;

namespace Analytics.Api.OpenApi;

/// <summary>Examples of the OpenAPI document, by operation and status.</summary>
internal static class OpenApiExamples
{
    public const string Transaction =
        """
        {"transactionId":"t-1001","accountId":"acct-42","merchantId":"sainsburys s/mkts","amountMinor":1999,"currency":"GBP",
         "occurredAt":"2026-01-31T12:00:00Z","type":"purchase","status":"approved","category":"5411","country":"GB","channel":"card_present"}
        """;

    private const string Totals =
        """
        {"count":2,"approvedCount":1,"declinedCount":1,"reversedCount":0,"debitMinor":1999,"debitCount":1,"creditMinor":0,"creditCount":0,
         "minMinor":1999,"maxMinor":1999,"avgDebitMinor":1999,"declineRate":0.5}
        """;

    private const string Live =
        $$"""
        "asOf":"2026-01-31T12:00:00Z","lagMs":0,
        "currencies":[{"currency":"GBP","windows":{"1m":{{Totals}},"5m":{{Totals}},"1h":{{Totals}},"24h":{{Totals}} } }],"lastTransaction":{{Transaction}}
        """;

    private const string History =
        $$"""
        "from":"2026-01-31T00:00:00Z","to":"2026-02-01T00:00:00Z","step":"1h",
        "windows":[{"currency":"GBP","start":"2026-01-31T12:00:00Z","end":"2026-01-31T13:00:00Z","totals":{{Totals}}}],"nextFrom":null
        """;

    public static string? Of(string? operation, string status) => (operation, status) switch
    {
        ("postTransactions", "202") => """{"appended":1}""",
        ("postTransactions", "400") =>
            """
            {"type":"urn:orleans-analytics:invalid-transactions","title":"Transactions are not valid","status":400,
             "detail":"1 of 2 items are not valid; nothing was appended.","instance":"/v1/transactions",
             "errors":[{"index":1,"code":"unknown_currency","detail":"currency 'XYZ' is not an ISO 4217 alphabetic code."}]}
            """,
        ("getAccount", "200") => $$"""{"accountId":"acct-42",{{Live}}}""",
        ("getMerchant", "200") => $$"""{"merchantId":"sainsburys s/mkts",{{Live}}}""",
        ("getAccountWindows", "200") => $$"""{"accountId":"acct-42",{{History}}}""",
        ("getMerchantWindows", "200") => $$"""{"merchantId":"sainsburys s/mkts",{{History}}}""",
        ("getAccount" or "getMerchant", "404") =>
            $$"""
            {"type":"urn:orleans-analytics:never-seen","title":"Not in the live windows","status":404,
             "detail":"{{LiveMetricsReader.NothingCountsDetail}}","instance":"/v1/accounts/acct-43","parameter":"id"}
            """,
        ("getOverview", "200") =>
            """
            {"accepted":131670,"duplicates":0,"late":0,"deadLettered":0,"transactionsPerSecond":1000.2,"streamTime":"2026-01-31T12:00:00Z",
             "latencyMs":{"p50":9.5,"p95":21.8,"p99":33.6},
             "partitions":[{"partition":0,"silo":"silo-1","offset":32917,"checkpoint":32850,"lag":0,"watermark":"2026-01-31T11:59:55Z"}]}
            """,
        (_, "400") =>
            """
            {"type":"urn:orleans-analytics:bad-parameter","title":"A parameter is not valid","status":400,
             "detail":"step must be 1m, 1h or 1d.","instance":"/v1/accounts/acct-42/windows","parameter":"step"}
            """,
        (_, "503") =>
            """
            {"type":"urn:orleans-analytics:unavailable","title":"Temporarily unavailable","status":503,"detail":"The store does not answer now."}
            """,
        _ => null,
    };
}
