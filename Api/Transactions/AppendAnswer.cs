using System.ComponentModel;

namespace Analytics.Api.Transactions;

/// <summary>The answer of <c>POST /v1/transactions</c>.</summary>
internal sealed record AppendAnswer(
    [property: Description("How many transactions the log has acknowledged: every one of the request.")] int Appended);
